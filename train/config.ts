/** The configuration of a run: everything that decides its outcome, checked, and kept with it. */
import { z } from 'zod';
import { architectureSchema } from '../dsl/architecture.ts';
import { trainingOptionsShape } from '../export/trainingOptions.ts';
import { devices } from '../runtime/session.ts';
import { trainerOptionsShape } from './runOptions.ts';

/** What {@link RunOptions} came to: nothing is left to a default, to the data or to the machine. */
export const runConfigSchema = z.strictObject({
  /** Absolute path of the images, and what they were. */
  data: z.strictObject({
    directory: z.string(),
    name: z.string(),
    fingerprint: z.string(),
    synthetic: z.boolean(),
    classes: z.array(z.string()),
  }),
  architecture: architectureSchema,
  /** Height and width of the images that are trained on. */
  trainSize: z.int().min(1),
  /** Height and width of what is cut out of them. */
  crop: z.int().min(1),
  ...trainingOptionsShape,
  ...trainerOptionsShape,
  device: z.enum(devices),
  /** Threads for one operator: another number may sum in another order, and so give other bits. */
  threads: z.int().min(1),
  /** File that the first weights came from, or null for fresh ones. */
  init: z.string().nullable(),
  /** sha256 of the training graph: a resumed run must compile to the same. */
  graph: z.string(),
  /** Key of the preprocessing and the decoder that made the cached pixels. */
  preprocessing: z.string(),
  /** Software and machine, for the record. */
  environment: z.record(z.string(), z.string()),
});
export type RunConfig = z.infer<typeof runConfigSchema>;

/** Where a run is: kept with every checkpoint. */
export const progressSchema = z.strictObject({
  /** Whole epochs done. */
  epoch: z.int().min(0),
  /** Steps done in the epoch that is under way. */
  step: z.int().min(0),
  /** Sums over these steps. */
  loss: z.number(),
  correct: z.number(),
  /** Seconds spent on them. */
  seconds: z.number(),
  /** The best epoch so far, and its scores on val. */
  /** Of the images of val, given after the last epoch; none without self-training. */
  pseudoLabels: z.array(z.int()).default([]),
  best: z.strictObject({ epoch: z.int(), accuracy: z.number(), loss: z.number() }).nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

export const start: Progress = {
  epoch: 0,
  step: 0,
  loss: 0,
  correct: 0,
  seconds: 0,
  pseudoLabels: [],
  best: null,
};
