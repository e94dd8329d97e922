/** What of a run's options decides its training graph, with its defaults: shared by training and build-graph. */
import { z } from 'zod';
import { lossSchema } from './loss.ts';
import { optimizerSchema } from './optimizers.ts';
import { convAlgorithmNames } from './rules/convAlgorithms.ts';
import type { Target } from './targets.ts';

export const trainingOptionsShape = {
  /** Images in a step. */
  batch: z.int().min(1).default(32),
  optimizer: optimizerSchema.prefault({}),
  loss: lossSchema.prefault({}),
  /** Largest global norm of the gradients; 0 is off. */
  clipNorm: z.number().min(0).default(0),
  /** Alpha of the Beta(alpha, alpha) that mixup's shares are drawn from; 0 is off. */
  mixup: z.number().min(0).default(0),
  /** Decay of the weights' moving average, which is then evaluated and exported; 0 is off. */
  ema: z.number().min(0).lt(1).default(0),
  /** Algorithms of convolutions by layer; the others choose by shape. */
  algorithms: z.record(z.string(), z.enum(convAlgorithmNames)).default({}),
} as const;

export const trainingOptionsSchema = z.strictObject(trainingOptionsShape);
type Needed = 'batch' | 'optimizer';
type CheckedOptions = z.output<typeof trainingOptionsSchema>;

/** What decides a training graph besides the model. What may be left out is off, as by default. */
export interface TrainingOptions
  extends Pick<CheckedOptions, Needed>,
    Readonly<Partial<Omit<CheckedOptions, Needed>>> {
  readonly target: Target;
  /**
   * Names of layers that stay as they are and compute as at inference: a batch norm by its running statistics, as a
   * frozen one does in Keras (https://keras.io/api/layers/normalization_layers/batch_normalization/), a dropout not at
   * all. The others are trained.
   */
  readonly frozen?: readonly string[];
}
