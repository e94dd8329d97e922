/** The forward pass of a model as a graph, and reverse-mode differentiation of it. */
import type { Layer, LayerKind } from '../dsl/layers.ts';
import { layerParameters, type Model } from '../dsl/model.ts';
import { accumulate, type Cotangent } from './cotangent.ts';
import type { Value } from './graph.ts';
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
}

export interface Forward {
  readonly lowered: ReadonlyMap<Layer, Lowered>;
  /** What enters the softmax: `[N, classes]`. */
  readonly logits: Value;
  /** The layer whose output the logits are. */
  readonly logitsLayer: Layer;
  /** Class probabilities, `[N, classes]`. */
  readonly probabilities: Value;
  /** Running statistics after this batch, by full name; empty at inference. */
  readonly updates: Tensors;
}

/** Lowers every layer in order. */
export function forward(model: Model, options: ForwardOptions): Forward {
  const lowered = new Map<Layer, Lowered>();
  const updates = new Map<string, Value>();
  for (const layer of model.layers) {
    const result = options.input.graph.scoped(layer.name, () => lower(layer, lowered, options));
    lowered.set(layer, result);
    for (const [role, value] of Object.entries(result.updates ?? {}))
      updates.set(`${layer.name}.${role}`, value);
  }
  const head = model.layers.at(-1);
  const logitsLayer = head?.inputs[0];
  if (head === undefined || logitsLayer === undefined) throw new Error('a model ends with a softmax');
  return {
    lowered,
    logits: outputOf(lowered, logitsLayer),
    logitsLayer,
    probabilities: outputOf(lowered, head),
    updates,
  };
}

/**
 * Gradients of a scalar with respect to every trainable parameter that it depends on, from its gradient with
 * respect to one layer's output.
 */
export function backward(model: Model, { lowered }: Forward, from: Layer, cotangent: Cotangent): Tensors {
  const arriving = new Map<Layer, Cotangent[]>([[from, [cotangent]]]);
  const gradients = new Map<string, Value>();
  for (const layer of model.layers.toReversed()) {
    const dy = accumulate(arriving.get(layer) ?? []);
    const result = lowered.get(layer);
    if (dy === undefined || result === undefined) continue;
    const { inputs, parameters } = dy.values.graph.scoped(`${layer.name}.gradient`, () =>
      result.backward(dy),
    );
    for (const [i, input] of layer.inputs.entries()) {
      const gradient = inputs[i];
      if (gradient !== undefined) arriving.set(input, [...(arriving.get(input) ?? []), gradient]);
    }
    for (const [role, gradient] of Object.entries(parameters ?? {}))
      gradients.set(`${layer.name}.${role}`, gradient);
  }
  return gradients;
}

function lower<K extends LayerKind>(
  layer: Layer<K>,
  lowered: ReadonlyMap<Layer, Lowered>,
  { input, parameters, target, uniform }: ForwardOptions,
): Lowered {
  const { kind, name, attributes } = layer;
  return rules[kind]({
    attributes,
    inputs: kind === 'input' ? [input] : layer.inputs.map((from) => outputOf(lowered, from)),
    parameters: Object.fromEntries(
      layerParameters(layer).map((parameter) => [parameter.role, required(parameters, parameter.name)]),
    ),
    target,
    uniform: uniform && ((sizes) => uniform(name, sizes)),
  });
}

function outputOf(lowered: ReadonlyMap<Layer, Lowered>, layer: Layer): Value {
  const result = lowered.get(layer);
  if (result === undefined) throw new Error(`${layer.name} is not lowered yet`);
  return result.output;
}

function required(tensors: Tensors, name: string): Value {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor is named ${name}`);
  return tensor;
}
