/** The forward pass of a model as a graph, and reverse-mode differentiation of it. */
import type { Layer, LayerKind } from '../dsl/layers.ts';
import { layerParameters, type Model } from '../dsl/model.ts';
import { accumulate, type Cotangent } from './cotangent.ts';
import type { FrozenLayers } from './frozenLayers.ts';
import { convBlocks, type FusedLayers } from './fusion.ts';
import type { Value } from './graph.ts';
import type { ConvAlgorithmName } from './rules/convAlgorithms.ts';
import { convBlock } from './rules/convBlock.ts';
import { rules } from './rules/index.ts';
import type { Lowered } from './rules/rule.ts';
import type { Target } from './targets.ts';

/** Parameters and running statistics, or their gradients, by full name. */
export type Tensors = ReadonlyMap<string, Value>;

export interface ForwardOptions {
  /** Normalised images, float32 `[N, C, H, W]`. */
  readonly input: Value;
  readonly parameters: Tensors;
  readonly target: Target;
  /** When training: random numbers, uniform in [0, 1), for the layer of that name. */
  readonly uniform?: (layer: string, sizes: readonly number[]) => Value;
  /** When training: layers that compute as at inference, and whose parameters get no gradient. */
  readonly frozen?: FrozenLayers;
  /** Algorithms of convolutions by layer; the others choose by shape. */
  readonly algorithms?: ConvAlgorithms | undefined;
  /** At inference: what the readers of a layer are given for its output, such as the same rounded. */
  readonly rounded?: (layer: Layer, output: Value) => Value;
}

export type ConvAlgorithms = Readonly<Record<string, ConvAlgorithmName>>;

/** One layer, or several that were lowered together, under the last one's name. */
interface Unit {
  readonly output: Value;
  /** The layers that it reads. */
  readonly inputs: readonly Layer[];
  /** One gradient for each of the inputs; those of the parameters by full name. */
  readonly backward: (dy: Cotangent) => {
    readonly inputs: readonly Cotangent[];
    readonly parameters: Tensors;
  };
  readonly updates: Tensors;
}

export interface Forward {
  readonly units: ReadonlyMap<Layer, Unit>;
  /** What enters the softmax: `[N, classes]`. */
  readonly logits: Value;
  /** The layer whose output the logits are. */
  readonly logitsLayer: Layer;
  /** Class probabilities, `[N, classes]`. */
  readonly probabilities: Value;
  /** Running statistics after this batch, by full name; empty at inference. */
  readonly updates: Tensors;
}

/** Lowers every layer in order; when training, some of them together. */
export function forward(model: Model, options: ForwardOptions): Forward {
  const blocks =
    options.uniform === undefined ? new Map<Layer, FusedLayers>() : convBlocks(model, options.frozen);
  const within = new Set(
    [...blocks].flatMap(([last, block]) => layersOf(block).filter((layer) => layer !== last)),
  );
  const units = new Map<Layer, Unit>();
  for (const layer of model.layers) {
    if (within.has(layer)) continue;
    const block = blocks.get(layer);
    const unit = options.input.graph.scoped(block?.convolution.name ?? layer.name, () =>
      block === undefined ? lowerLayer(layer, units, options) : lowerBlock(block, units, options),
    );
    units.set(layer, unit);
  }
  const head = model.layers.at(-1);
  const logitsLayer = head?.inputs[0];
  if (head === undefined || logitsLayer === undefined) throw new Error('a model ends with a softmax');
  return {
    units,
    logits: outputOf(units, logitsLayer),
    logitsLayer,
    probabilities: outputOf(units, head),
    updates: new Map([...units.values()].flatMap(({ updates }) => [...updates])),
  };
}

/** What a layer gives in a forward pass. */
export function outputOf(units: Forward['units'], layer: Layer): Value {
  const unit = units.get(layer);
  if (unit === undefined) throw new Error(`${layer.name} is not lowered, or together with others`);
  return unit.output;
}

/** Gradients of a scalar, with respect to what it depends on. */
export interface Backward {
  /** Of the trainable parameters, by full name; without those of frozen layers. */
  readonly parameters: Tensors;
  /**
   * Of what layers give, for the input the normalised images; without layers that have no part in the scalar, and those
   * that are lowered within others.
   */
  readonly outputs: ReadonlyMap<Layer, Cotangent>;
}

/** Gradients of a scalar, from its gradients with respect to outputs of layers. */
export function backward(
  model: Model,
  { units }: Forward,
  from: readonly (readonly [Layer, Cotangent])[],
): Backward {
  const arriving = new Map<Layer, Cotangent[]>();
  for (const [layer, cotangent] of from) arriving.set(layer, [...(arriving.get(layer) ?? []), cotangent]);
  const gradients = new Map<string, Value>();
  const outputs = new Map<Layer, Cotangent>();
  for (const layer of model.layers.toReversed()) {
    const dy = accumulate(arriving.get(layer) ?? []);
    const unit = units.get(layer);
    if (dy === undefined || unit === undefined) continue;
    outputs.set(layer, dy);
    const { inputs, parameters } = dy.values.graph.scoped(`${layer.name}.gradient`, () => unit.backward(dy));
    for (const [i, input] of unit.inputs.entries()) {
      const gradient = inputs[i];
      if (gradient !== undefined) arriving.set(input, [...(arriving.get(input) ?? []), gradient]);
    }
    for (const [name, gradient] of parameters) gradients.set(name, gradient);
  }
  return { parameters: gradients, outputs };
}

/** The gradient with respect to a layer's output, of its shape. @throws Error if the layer has none */
export function gradientAt({ outputs }: Backward, layer: Layer): Value {
  const gradient = outputs.get(layer);
  if (gradient === undefined) throw new Error(`nothing arrives at ${layer.name}`);
  return gradient.dense();
}

function lowerLayer(layer: Layer, units: ReadonlyMap<Layer, Unit>, options: ForwardOptions): Unit {
  const inputs = layer.kind === 'input' ? [options.input] : layer.inputs.map((from) => outputOf(units, from));
  const { output, backward: gradients, updates } = applyRule(layer, inputs, options);
  return {
    output: options.rounded?.(layer, output) ?? output,
    inputs: layer.inputs,
    backward(dy) {
      const { inputs: arriving, parameters } = gradients(dy);
      return {
        inputs: arriving,
        parameters: options.frozen?.has(layer.name) ? new Map() : named(layer, parameters),
      };
    },
    updates: named(layer, updates),
  };
}

function lowerBlock(
  { convolution, norm, pool }: FusedLayers,
  units: ReadonlyMap<Layer, Unit>,
  options: ForwardOptions,
): Unit {
  const {
    output,
    backward: gradients,
    updates,
  } = convBlock(
    {
      convolution: convolution.attributes,
      norm: norm.attributes,
      pool: pool && {
        window: pool.layer.attributes,
        activate: (x) =>
          pool.activation === undefined
            ? { output: x, backward: (dy) => ({ inputs: [dy] }) }
            : applyRule(pool.activation, [x], options),
      },
    },
    {
      ...context(convolution, options),
      inputs: convolution.inputs.map((from) => outputOf(units, from)),
      parameters: { convolution: parametersOf(convolution, options), norm: parametersOf(norm, options) },
    },
  );
  return {
    output,
    inputs: convolution.inputs,
    backward(dy) {
      const { inputs, parameters } = gradients(dy);
      return {
        inputs,
        parameters: new Map([...named(convolution, parameters.convolution), ...named(norm, parameters.norm)]),
      };
    },
    updates: named(norm, updates),
  };
}

function applyRule<K extends LayerKind>(
  layer: Layer<K>,
  inputs: readonly Value[],
  options: ForwardOptions,
): Lowered {
  const { kind, attributes } = layer;
  return rules[kind]({
    ...context(layer, options),
    attributes,
    inputs,
    parameters: parametersOf(layer, options),
  });
}

function context({ name }: Pick<Layer, 'name'>, { target, uniform, frozen, algorithms }: ForwardOptions) {
  return {
    target,
    uniform: frozen?.has(name) ? undefined : uniform && ((sizes: readonly number[]) => uniform(name, sizes)),
    algorithm: algorithms?.[name],
  };
}

function parametersOf<K extends LayerKind>(
  layer: Layer<K>,
  { parameters }: ForwardOptions,
): Record<string, Value> {
  return Object.fromEntries(
    layerParameters(layer).map(({ role, name }) => [role, required(parameters, name)]),
  );
}

function named({ name }: Pick<Layer, 'name'>, roles: Readonly<Record<string, Value>> = {}): Tensors {
  return new Map(Object.entries(roles).map(([role, value]) => [`${name}.${role}`, value]));
}

function layersOf({ convolution, norm, pool }: FusedLayers): Layer[] {
  return [convolution, norm, ...(pool?.activation ? [pool.activation] : []), ...(pool ? [pool.layer] : [])];
}

function required(tensors: Tensors, name: string): Value {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor is named ${name}`);
  return tensor;
}
