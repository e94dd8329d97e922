/** What is kept of a model in its smaller forms: size, accuracy and latency side by side. */
import { z } from 'zod';
import { latencySettingNames } from './latency.ts';
import { readResults } from './readResults.ts';

/** Raised when a reader of older files would misread newer ones. */
export const compressResultsFormat = 1;

/**
 * Forms of a model, the largest first. 'int8-weights' computes in float32 with weights that are stored as int8;
 * 'int8-static' computes in int8.
 */
export const weightForms = ['float32', 'float16', 'int8-weights', 'int8-static'] as const;
export type WeightForm = (typeof weightForms)[number];

const share = z.number().min(0).max(1);

const latencySchema = z.strictObject({
  /** In milliseconds. */
  median: z.number().positive(),
  /** Median over rounds of the time by that of float16 in the same round. */
  ratio: z.number().positive(),
});

const rowSchema = z.strictObject({
  weights: z.enum(weightForms),
  /** Of the file. */
  bytes: z.int().positive(),
  /** Accuracy on val. */
  val: share,
  /** Accuracy on test, which decides nothing here. */
  test: share,
  /** Share of the images of val whose most probable class is the source's. */
  agreement: share,
  /** By how much the probability of any class of any image of val differs at most from the source's. */
  largestChange: share,
  latencyMs: z.record(z.enum(latencySettingNames), latencySchema),
});
export type CompressRow = z.infer<typeof rowSchema>;

const candidateSchema = z.strictObject({
  /** Of the numbers of each activation, what its range holds. */
  share,
  /** Layers with weights that compute in float32. */
  float32: z.array(z.string()),
  /** On val. */
  accuracy: share,
});

export const compressResultsSchema = z.strictObject({
  format: z.literal(compressResultsFormat),
  /** Software and machine. */
  machine: z.record(z.string(), z.string()),
  model: z.strictObject({
    name: z.string(),
    /** Of the file that was given, in hex. */
    sha256: z.string(),
    /** What its weights are stored as: of a float16 source, float32 is the same numbers in more bytes. */
    source: z.enum(['float32', 'float16', 'int8']),
  }),
  data: z.strictObject({
    name: z.string(),
    fingerprint: z.string(),
    synthetic: z.boolean(),
    /** Images. */
    val: z.int().positive(),
    test: z.int().positive(),
  }),
  /** How the activations of 'int8-static' are rounded, and what else was tried on val. */
  calibration: z.strictObject({
    /** Of val, on which ranges were observed. */
    images: z.int().positive(),
    chosen: candidateSchema,
    candidates: z.array(candidateSchema),
  }),
  /** In the order of {@link weightForms}. */
  rows: z.array(rowSchema),
});
export type CompressResults = z.infer<typeof compressResultsSchema>;

/** @throws AreographError 'run' if there are none, or they are of another version */
export function readCompressResults(file: string): CompressResults {
  return readResults(file, compressResultsSchema, 'npm run compress');
}
