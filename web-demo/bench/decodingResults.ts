/** What is kept of how far the browser's decoding of JPEGs is from the server's. */
import { z } from 'zod';

const share = z.number().min(0).max(1);
const levels = z.number().min(0).max(255);

export const decodingResultsSchema = z.strictObject({
  browser: z.string(),
  /** What decodes for the server. */
  libvips: z.string(),
  model: z.string(),
  data: z.strictObject({
    name: z.string(),
    synthetic: z.boolean(),
    /** The test split is for scores alone. */
    split: z.literal('val'),
    images: z.int().positive(),
  }),
  /** Of the values of all channels, 0 to 255. */
  pixels: z.strictObject({
    largest: levels,
    mean: levels,
    /** The share of the pixels that are not the same. */
    differing: share,
  }),
  /** The page's, by WebAssembly, beside the server's. */
  answers: z.strictObject({
    /** By how much the probability of any class of any image differs at most. */
    largestChange: share,
    /** Share of the images whose most probable class is the same. */
    sameTop: share,
  }),
});
export type DecodingResults = z.infer<typeof decodingResultsSchema>;
