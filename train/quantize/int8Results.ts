/** What is kept of how models answer with int8 weights, and which weights the demo takes by it. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { WeightType } from '../../export/weights.ts';
import { projectRoot } from '../data/projectRoot.ts';
import { readResults } from './readResults.ts';

/** Raised when a reader of older files would misread newer ones. */
export const int8ResultsFormat = 1;

/** Types that a model file is made smaller with. */
export const smallTypes = ['float16', 'int8'] as const satisfies readonly WeightType[];
export type SmallType = (typeof smallTypes)[number];

const share = z.number().min(0).max(1);

const storedSchema = z.strictObject({
  /** Of the file. */
  bytes: z.int().positive(),
  accuracy: share,
  /** Share of the images whose most probable class is that of the model as it was kept. */
  agreement: share,
  /** By how much the probability of any class of any image differs at most from what the kept model gives. */
  largestChange: share,
});

const modelSchema = z.strictObject({
  /** Of the file that was measured, in hex. */
  sha256: z.string(),
  bytes: z.int().positive(),
  accuracy: share,
  weights: z.strictObject({ float16: storedSchema, int8: storedSchema }),
});
export type Int8Model = z.infer<typeof modelSchema>;

export const int8ResultsSchema = z.strictObject({
  format: z.literal(int8ResultsFormat),
  /** Software and machine. */
  environment: z.record(z.string(), z.string()),
  data: z.strictObject({
    name: z.string(),
    fingerprint: z.string(),
    synthetic: z.boolean(),
    /** What is decided here must not have seen the test images. */
    split: z.literal('val'),
    images: z.int().positive(),
  }),
  /** By name of the file, without its ending. */
  models: z.record(z.string(), modelSchema),
});
export type Int8Results = z.infer<typeof int8ResultsSchema>;

/** Absolute: where the results are kept with the project. */
export const int8ResultsFile = join(projectRoot, 'results', 'demo', 'int8.json');

/** @throws AreographError 'run' if there are none, or they are of another version */
export function readInt8Results(file: string = int8ResultsFile): Int8Results {
  return readResults(file, int8ResultsSchema, 'npm run quantize');
}

/** Share of the val images that int8 weights must leave in their class: below it a quarter of the bytes is not worth it. */
export const leastAgreement = 0.99;

/**
 * What to store the weights of a model as where its file is to be small: int8 if that was measured on this very file
 * and leaves the top class of enough images as it was, else float16.
 *
 * @param name of the model's file, without its ending
 * @param bytes of the file
 */
export function weightTypeFor({ models }: Int8Results, name: string, bytes: Uint8Array): SmallType {
  const measured = models[name];
  const holds = measured?.sha256 === sha256(bytes) && measured.weights.int8.agreement >= leastAgreement;
  return holds ? 'int8' : 'float16';
}

/** In hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
