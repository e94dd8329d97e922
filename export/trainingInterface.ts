/** What a training graph takes and gives: a batch, and the state that it carries from step to step. */
import { AreographError } from '../dsl/errors.ts';
import { layerParameters, type Model, type NamedParameter } from '../dsl/model.ts';
import { convCandidates } from './convCandidates.ts';
import { type FrozenLayers, frozenLayers } from './frozenLayers.ts';
import { slotNames } from './optimizers.ts';
import { requireRgb } from './preprocess.ts';
import { type DataType, elementCount } from './tensorType.ts';
import type { TrainingOptions } from './trainingOptions.ts';

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

/** A parameter or running statistic of a frozen layer: a step reads it under its own name and does not give it back. */
export interface FrozenTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly parameter: NamedParameter;
}

/** What a step is fed besides the state; in a chunk, each has one more axis in front, `steps`. */
export interface BatchInput {
  readonly name: string;
  readonly dtype: DataType;
  readonly dims: readonly number[];
}

export interface TrainingInterface {
  readonly state: readonly StateTensor[];
  /** Fed with every step, or once for a chunk of steps. */
  readonly frozen: readonly FrozenTensor[];
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

/** Name of the output that replaces a state tensor. */
export function nextName(name: string): string {
  return `${name}.next`;
}

/** Name of the state tensor that counts steps. */
export const stepCount = 'optimizer.step';

/** Name of the state tensor that holds the moving average of a parameter. */
export function averageName(parameter: string): string {
  return `${parameter}.ema`;
}

/**
 * What a training graph of this model takes and gives.
 *
 * @throws AreographError 'model' for a model that cannot be trained or stored, 'option' for options that do not fit it
 */
export function trainingInterface(model: Model, options: TrainingOptions): TrainingInterface {
  requireRgb(model);
  const frozen = frozenLayers(model, options.frozen ?? []);
  requireFitting(model, options, frozen);
  const { batch, optimizer, mixup = 0, ema = 0 } = options;
  const { height, width, channels } = model.input;
  const training = model.layers.filter(({ name }) => !frozen.has(name));
  const trained = training.flatMap((layer) => layerParameters(layer));
  const kept = model.layers.filter(({ name }) => frozen.has(name)).flatMap((layer) => layerParameters(layer));
  const weights = trained.map((parameter) => ({
    name: parameter.name,
    dims: parameter.shape,
    parameter: ema > 0 ? undefined : parameter,
  }));
  const averages =
    ema > 0
      ? trained.map((parameter) => ({ name: averageName(parameter.name), dims: parameter.shape, parameter }))
      : [];
  const slots = trained
    .filter(({ trainable }) => trainable)
    .flatMap(({ name, shape }) =>
      slotNames(optimizer).map((slot) => ({ name: `${name}.${slot}`, dims: shape, parameter: undefined })),
    );
  const unchanged = kept.map((parameter) => ({ name: parameter.name, dims: parameter.shape, parameter }));
  const state = [...weights, ...averages, ...slots, { name: stepCount, dims: [], parameter: undefined }];
  requireStorable(model, [...state, ...unchanged]);
  const drawing = training.filter(
    ({ kind, attributes }) => kind === 'dropout' && 'rate' in attributes && attributes.rate > 0,
  );
  return {
    state,
    frozen: unchanged,
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

/** The inputs of a step besides the state, in the graph's order. */
export function batchInputs({ batch }: TrainingInterface): BatchInput[] {
  const mixup = batch.mixup === undefined ? [] : [batch.mixup.partner, batch.mixup.share];
  return [batch.images, batch.labels, batch.learningRate, ...mixup, ...batch.uniform];
}

function requireFitting(
  model: Model,
  { batch, loss, mixup = 0, algorithms = {} }: TrainingOptions,
  frozen: FrozenLayers,
): void {
  const { name, classes } = model;
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
  const candidates = new Map(
    convCandidates(model, batch, frozen).map((layer) => [layer.name, layer.algorithms]),
  );
  for (const [layer, algorithm] of Object.entries(algorithms)) {
    const possible = candidates.get(layer);
    if (possible?.includes(algorithm)) continue;
    throw new AreographError({
      code: 'option',
      where: `algorithms.${layer}`,
      expected:
        possible === undefined
          ? `a convolution of ${name} with a choice of algorithm: ${[...candidates.keys()].join(', ') || 'none has'}`
          : `one of ${possible.join(', ')}, which suit its shape`,
      found: possible === undefined ? 'another layer' : algorithm,
      next: 'Correct it, or leave it out: then it is chosen by shape.',
    });
  }
}

/** Checkpoints and model files are read in one piece, and protobuf ends at 2 GiB: better said before training than after. */
function requireStorable({ name, input }: Model, tensors: readonly Pick<StateTensor, 'dims'>[]): void {
  const bytes = tensors.reduce((sum, { dims }) => sum + 4 * elementCount(dims), 0);
  if (bytes < 2 ** 31) return;
  throw new AreographError({
    code: 'model',
    where: name,
    expected: 'at most 2 GiB of weights and optimizer state',
    found: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    next: `Use a smaller input than ${input.height}x${input.width}, fewer units, or pooling before flatten.`,
  });
}
