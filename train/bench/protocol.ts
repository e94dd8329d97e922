/** What the bench says to its contenders, line by line as JSON, and what they answer. */
import { z } from 'zod';
import { architectureSchema } from '../../dsl/architecture.ts';

export const setupSchema = z.object({
  architecture: architectureSchema,
  parameters: z.record(z.string(), z.array(z.int())),
  /** Options of torch.optim by its names; ours has the same defaults. */
  optimizer: z.object({ name: z.literal('adam'), lr: z.number() }),
  batch: z.int(),
  threads: z.int(),
  /** File of uint8 `[count, H, W, 3]`. */
  pixels: z.string(),
  /** File of int32 `[count]`. */
  labels: z.string(),
});
export type Setup = z.infer<typeof setupSchema>;

export const askSchema = z.object({ steps: z.int() });

export const answerSchema = z.object({
  seconds: z.number(),
  /** Mean over the steps. */
  loss: z.number(),
  /** Largest resident size of the process so far, less the images that it holds. */
  peakBytes: z.number(),
});
export type Answer = z.infer<typeof answerSchema>;
