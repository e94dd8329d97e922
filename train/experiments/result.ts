/** What is kept of a study, and read by the report: one file for the data, one for the study, one for each run. */
import { z } from 'zod';
import { architectureSchema } from '../../dsl/architecture.ts';
import { networkSchema } from './network.ts';

/** Raised when a reader of older files would misread newer ones. */
export const resultFormat = 1;

const splitSchema = z.strictObject({
  /** Class of each image, in the order of the split. */
  labels: z.array(z.int().min(0)),
  /** Martian day of each image; null where its name does not tell. Images of one day are not independent. */
  sols: z.array(z.int().min(0).nullable()),
});

/** `dataset.json` */
export const datasetRecordSchema = z.strictObject({
  name: z.string(),
  fingerprint: z.string(),
  synthetic: z.boolean(),
  classes: z.array(z.string()),
  splits: z.strictObject({ train: splitSchema, val: splitSchema, test: splitSchema }),
});
export type DatasetRecord = z.infer<typeof datasetRecordSchema>;

const scoresSchema = z.strictObject({ loss: z.number(), accuracy: z.number() });

const evaluatedSchema = z.strictObject({
  loss: z.number(),
  /** Most probable class of each image, in the order of the split. */
  predictions: z.array(z.int().min(0)),
});

/** Test images moved by whole pixels of the network's input, the edge repeated. */
const shiftSchema = z.strictObject({
  dx: z.int(),
  dy: z.int(),
  accuracy: z.number(),
  /** Share of the images that are called what they were called unmoved. */
  consistency: z.number(),
});

/** `runs/VARIANT.SEED.json` */
export const resultSchema = z.strictObject({
  format: z.literal(resultFormat),
  variant: z.string(),
  seed: z.int(),
  network: networkSchema,
  /** The run options, as they were resolved. */
  options: z.record(z.string(), z.unknown()),
  architecture: architectureSchema,
  /** Of the images. */
  fingerprint: z.string(),
  /** sha256 of the training graph. */
  graph: z.string(),
  /** Key of decoding and resizing. */
  preprocessing: z.string(),
  device: z.string(),
  threads: z.int().min(1),
  /** Software and machine. */
  environment: z.record(z.string(), z.string()),
  /** When it was finished, in ISO 8601. */
  finished: z.string(),
  parameters: z.int(),
  /** For one image, forward; a multiply-add is two. */
  flops: z.number(),
  /** As trained: the mean over the epoch's steps, with dropout and while the weights change. */
  epochs: z.array(
    z.strictObject({
      epoch: z.int(),
      train: scoresSchema,
      val: scoresSchema,
      imagesPerSecond: z.number(),
      seconds: z.number(),
    }),
  ),
  /** The epoch whose weights were evaluated: the best on val. */
  bestEpoch: z.int(),
  /** With these weights, dropout off. */
  splits: z.strictObject({ train: evaluatedSchema, val: evaluatedSchema, test: evaluatedSchema }),
  shifts: z.array(shiftSchema),
});
export type Result = z.infer<typeof resultSchema>;

/** One experiment: variants that differ in nothing but the factor. */
export const experimentRecordSchema = z.strictObject({
  name: z.string(),
  /** Path of the setting that varies, such as `network.kernel`. */
  factor: z.string(),
  question: z.string(),
  /** The first is what the others are compared with. */
  variants: z.array(z.string()).min(2),
  seeds: z.array(z.int()).min(1),
});
export type ExperimentRecord = z.infer<typeof experimentRecordSchema>;

/** `study.json`: what was declared, so that what has not run can be told. */
export const studyRecordSchema = z.strictObject({
  format: z.literal(resultFormat),
  name: z.string(),
  title: z.string(),
  /** Settings in full of each variant, by name. */
  variants: z.record(
    z.string(),
    z.strictObject({
      network: networkSchema,
      options: z.record(z.string(), z.unknown()),
      architecture: architectureSchema,
      parameters: z.int(),
      flops: z.number(),
    }),
  ),
  experiments: z.array(experimentRecordSchema),
});
export type StudyRecord = z.infer<typeof studyRecordSchema>;
