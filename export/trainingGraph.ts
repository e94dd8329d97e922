/**
 * The training graph: forward pass, loss, backward pass and optimizer as ordinary ONNX operators.
 *
 * A step takes a batch and the state and gives the loss and the next state. Where the target runs a Loop on
 * the device, the graph does a chunk of steps, with the state carried by the Loop.
 */
import { AreographError } from '../dsl/errors.ts';
import type { LayerKind } from '../dsl/layers.ts';
import { layerParameters, type Model, type NamedParameter, parameters } from '../dsl/model.ts';
import { backward, type ConvAlgorithms, forward } from './autodiff.ts';
import { clipGlobalNorm } from './clipping.ts';
import { DenseCotangent } from './cotangent.ts';
import { averaged } from './ema.ts';
import { Graph, type Value } from './graph.ts';
import { type LossOptions, softmaxCrossEntropy } from './loss.ts';
import { type Mixing, mix } from './mixup.ts';
import { applyOptimizer, type Optimizer, slotNames } from './optimizers.ts';
import { normalize, requireRgb } from './preprocess.ts';
import type { Target } from './targets.ts';
import { type DataType, elementCount } from './tensorType.ts';

export interface TrainingOptions {
  /** Images in a step. */
  readonly batch: number;
  readonly optimizer: Optimizer;
  readonly target: Target;
  /** Default: plain cross-entropy. */
  readonly loss?: LossOptions;
  /** Largest global norm of the gradients; 0, the default, is off. */
  readonly clipNorm?: number;
  /** Mixup's alpha, which the host draws shares with: the graph takes them as inputs. 0, the default, is off. */
  readonly mixup?: number;
  /** Decay of the weights' moving average; 0, the default, is off. */
  readonly ema?: number;
  /** Algorithms of convolutions by layer; default: chosen by shape. */
  readonly algorithms?: ConvAlgorithms;
}

/**
 * A tensor that a step reads and replaces: its input is `name`, its output `name.next`. Parameters and running
 * statistics have their own names; the rest starts at zero.
 */
export interface StateTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /**
   * The parameter that evaluation and export take from here: in general the tensor of its name, with a moving average
   * `NAME.ema`. Undefined for what training alone needs.
   */
  readonly parameter: NamedParameter | undefined;
}

/** What a step is fed besides the state; in a chunk, each has one more axis in front, `steps`. */
export interface BatchInput {
  readonly name: string;
  readonly dtype: DataType;
  readonly dims: readonly number[];
}

export interface TrainingInterface {
  readonly state: readonly StateTensor[];
  readonly batch: {
    /** uint8 `[batch, H, W, 3]` */
    readonly images: BatchInput;
    /** int32 `[batch]` */
    readonly labels: BatchInput;
    /** float32 scalar */
    readonly learningRate: BatchInput;
    /** float32, uniform in [0, 1): one for each layer that draws lots. */
    readonly uniform: readonly BatchInput[];
    readonly mixup: MixupInputs | undefined;
  };
}

export interface MixupInputs {
  /** int32 `[batch]`: the image that each is mixed with, by its position in the batch. */
  readonly partner: BatchInput;
  /** float32 scalar: the share of the image itself. */
  readonly share: BatchInput;
}

export interface TrainingGraph extends TrainingInterface {
  readonly graph: Graph;
}

/** Name of the output that replaces a state tensor. */
export function nextName(name: string): string {
  return `${name}.next`;
}

/** Name of the state tensor that counts steps. */
export const stepCount = 'optimizer.step';

/** One step as a graph: inputs `images`, `labels`, `learning_rate`, ...; outputs `loss`, `correct`, the next state. */
export function stepGraph(model: Model, options: TrainingOptions): TrainingGraph {
  const described = trainingInterface(model, options);
  const graph = new Graph(`${model.name}.step`);
  const batch = new Map(
    batchInputs(described).map(({ name, dtype, dims }) => [name, graph.input(name, dtype, dims)]),
  );
  const state = new Map(described.state.map(({ name, dims }) => [name, graph.input(name, 'float32', dims)]));
  const { loss, correct, next } = buildStep(model, options, described, batch, state);
  graph.output('loss', loss);
  graph.output('correct', correct);
  for (const { name } of described.state) graph.output(nextName(name), taken(next, name));
  return { ...described, graph: graph.prune() };
}

/**
 * A chunk of steps as a Loop. The inputs of {@link stepGraph} get an axis `steps` in front; outputs are
 * `loss` and `correct`, float32 `[steps]`, and the state after the last step.
 */
export function chunkGraph(model: Model, options: TrainingOptions): TrainingGraph {
  const described = trainingInterface(model, options);
  const graph = new Graph(`${model.name}.chunk`);
  const chunks = new Map(
    batchInputs(described).map(({ name, dtype, dims }) => [
      name,
      graph.input(name, dtype, ['steps', ...dims]),
    ]),
  );
  const states = described.state.map(({ name, dims }) => graph.input(name, 'float32', dims));

  const body = new Graph(`${model.name}.step`, graph);
  const step = body.input('step', 'int64', []);
  const goOn = body.input('go_on', 'bool', []);
  const state = new Map(
    described.state.map(({ name, dims }) => [name, body.input(`${name}.current`, 'float32', dims)]),
  );
  const batch = body.scoped(
    'batch',
    () => new Map([...chunks].map(([name, chunk]) => [name, chunk.gather(step)])),
  );
  const { loss, correct, next } = buildStep(model, options, described, batch, state);
  body.output('go_on.next', goOn);
  for (const { name } of described.state) body.output(`${name}.stepped`, taken(next, name));
  body.output('step_loss', loss);
  body.output('step_correct', correct);

  const labels = taken(chunks, described.batch.labels.name);
  const first = graph.constant('int64', [], BigInt64Array.of(0n));
  const steps = graph.scoped('steps', () => labels.apply('Shape', {}).gather(first));
  const always = graph.constant('bool', [], Uint8Array.of(1));
  const results = graph.node('Loop', [steps, always, ...states], { body });
  const [losses, corrects] = results.slice(states.length);
  if (losses === undefined || corrects === undefined) throw new Error('the loop gives no losses');
  graph.output('loss', losses);
  graph.output('correct', corrects);
  for (const [i, { name }] of described.state.entries()) {
    const result = results[i];
    if (result !== undefined) graph.output(nextName(name), result);
  }
  return { ...described, graph: graph.prune() };
}

/** The training graph that suits the target: a chunk where it has a Loop, else a step. */
export function trainingGraph(model: Model, options: TrainingOptions): TrainingGraph {
  return options.target.loop ? chunkGraph(model, options) : stepGraph(model, options);
}

/**
 * What a training graph of this model takes and gives.
 *
 * @throws AreographError 'model' for a model that cannot be trained or stored, 'option' for options that do not fit it
 */
function trainingInterface(model: Model, options: TrainingOptions): TrainingInterface {
  requireRgb(model);
  requireFitting(model, options);
  const { batch, optimizer, mixup = 0, ema = 0 } = options;
  const { height, width, channels } = model.input;
  const all = parameters(model);
  const weights = all.map((parameter) => ({
    name: parameter.name,
    dims: parameter.shape,
    parameter: ema > 0 ? undefined : parameter,
  }));
  const averages =
    ema > 0
      ? all.map((parameter) => ({ name: averageName(parameter.name), dims: parameter.shape, parameter }))
      : [];
  const slots = all
    .filter(({ trainable }) => trainable)
    .flatMap(({ name, shape }) =>
      slotNames(optimizer).map((slot) => ({ name: `${name}.${slot}`, dims: shape, parameter: undefined })),
    );
  const state = [...weights, ...averages, ...slots, { name: stepCount, dims: [], parameter: undefined }];
  requireStorable(model, state);
  const drawing = model.layers.filter(
    ({ kind, attributes }) => kind === 'dropout' && 'rate' in attributes && attributes.rate > 0,
  );
  return {
    state,
    batch: {
      images: { name: 'images', dtype: 'uint8', dims: [batch, height, width, channels] },
      labels: { name: 'labels', dtype: 'int32', dims: [batch] },
      learningRate: { name: 'learning_rate', dtype: 'float32', dims: [] },
      uniform: drawing.map(({ name, shape }) => ({
        name: `${name}.uniform`,
        dtype: 'float32',
        dims: [batch, ...shape.filter((size) => typeof size === 'number')],
      })),
      mixup:
        mixup > 0
          ? {
              partner: { name: 'mixup.partner', dtype: 'int32', dims: [batch] },
              share: { name: 'mixup.share', dtype: 'float32', dims: [] },
            }
          : undefined,
    },
  };
}

function requireFitting({ name, classes }: Model, { batch, loss, mixup = 0 }: TrainingOptions): void {
  const weights = loss?.classWeights ?? 'none';
  if (weights !== 'none' && weights.length !== classes) {
    throw new AreographError({
      code: 'option',
      where: 'loss.classWeights',
      expected: `a weight for each of the ${classes} classes of ${name}`,
      found: `${weights.length}`,
      next: 'Give one for each, in the order of the classes.',
    });
  }
  if (mixup > 0 && batch < 2) {
    throw new AreographError({
      code: 'option',
      where: 'mixup',
      expected: 'batches of at least 2 images, to mix in pairs',
      found: `a batch of ${batch}`,
      next: 'Take a larger batch, or leave mixup out.',
    });
  }
}

/** Name of the state tensor that holds the moving average of a parameter. */
function averageName(parameter: string): string {
  return `${parameter}.ema`;
}

/** Checkpoints and model files are read in one piece, and protobuf ends at 2 GiB: better said before training than after. */
function requireStorable({ name, input }: Model, state: readonly StateTensor[]): void {
  const bytes = state.reduce((sum, { dims }) => sum + 4 * elementCount(dims), 0);
  if (bytes < 2 ** 31) return;
  throw new AreographError({
    code: 'model',
    where: name,
    expected: 'at most 2 GiB of weights and optimizer state',
    found: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    next: `Use a smaller input than ${input.height}x${input.width}, fewer units, or pooling before flatten.`,
  });
}

/** The inputs of a step besides the state, in the graph's order. */
export function batchInputs({ batch }: TrainingInterface): BatchInput[] {
  const mixup = batch.mixup === undefined ? [] : [batch.mixup.partner, batch.mixup.share];
  return [batch.images, batch.labels, batch.learningRate, ...mixup, ...batch.uniform];
}

interface Step {
  readonly loss: Value;
  readonly correct: Value;
  /** By name of the state tensor. */
  readonly next: ReadonlyMap<string, Value>;
}

/** Layers whose weights decay, as is usual; biases and the parameters of norms do not. */
const decayingKinds: ReadonlySet<LayerKind> = new Set<LayerKind>(['conv2d', 'dense']);

function buildStep(
  model: Model,
  { optimizer, target, algorithms, loss: lossOptions, clipNorm = 0, ema = 0 }: TrainingOptions,
  described: TrainingInterface,
  batch: ReadonlyMap<string, Value>,
  state: ReadonlyMap<string, Value>,
): Step {
  const images = taken(batch, described.batch.images.name);
  const { graph } = taken(state, stepCount);
  const mixing = mixingOf(described, batch);
  const normalized = graph.scoped('normalize', () => normalize(images));
  const passed = forward(model, {
    input: mixing === undefined ? normalized : graph.scoped('mixup', () => mix(normalized, mixing)),
    parameters: state,
    target,
    algorithms,
    uniform: (layer) => taken(batch, `${layer}.uniform`),
  });
  const { loss, correct, gradient } = graph.scoped('loss', () =>
    softmaxCrossEntropy(passed.logits, taken(batch, described.batch.labels.name), lossOptions, mixing),
  );
  const unclipped = backward(model, passed, passed.logitsLayer, new DenseCotangent(gradient));
  const gradients =
    clipNorm > 0 ? graph.scoped('clipping', () => clipGlobalNorm(unclipped, clipNorm)) : unclipped;

  const stepsBefore = taken(state, stepCount);
  const step = graph.scoped('optimizer', () => stepsBefore.add(1));
  const next = new Map<string, Value>([[stepCount, step], ...passed.updates]);
  for (const layer of model.layers) {
    for (const { name, role } of layerParameters(layer).filter(({ trainable }) => trainable)) {
      const slots = Object.fromEntries(
        slotNames(optimizer).map((slot) => [slot, taken(state, `${name}.${slot}`)]),
      );
      const updated = graph.scoped(`${name}.update`, () =>
        applyOptimizer(optimizer, {
          parameter: taken(state, name),
          gradient: taken(gradients, name),
          decays: role === 'weight' && decayingKinds.has(layer.kind),
          slots,
          step,
          learningRate: taken(batch, described.batch.learningRate.name),
        }),
      );
      next.set(name, updated.parameter);
      for (const [slot, value] of Object.entries(updated.slots)) next.set(`${name}.${slot}`, value);
    }
  }
  if (ema > 0) {
    for (const { name } of parameters(model)) {
      const average = averageName(name);
      next.set(
        average,
        graph.scoped(average, () => averaged(taken(state, average), taken(next, name), ema, stepsBefore)),
      );
    }
  }
  return { loss, correct, next };
}

function mixingOf(
  { batch: { mixup } }: TrainingInterface,
  batch: ReadonlyMap<string, Value>,
): Mixing | undefined {
  if (mixup === undefined) return undefined;
  return { partner: taken(batch, mixup.partner.name), share: taken(batch, mixup.share.name) };
}

function taken(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (value === undefined) throw new Error(`the training step has no ${name}`);
  return value;
}
