/** What of a run's options decides its training graph, with its defaults: shared by training and build-graph. */
import { z } from 'zod';
import { lossSchema } from './loss.ts';
import { optimizerSchema } from './optimizers.ts';

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
} as const;

export const trainingOptionsSchema = z.strictObject(trainingOptionsShape);
