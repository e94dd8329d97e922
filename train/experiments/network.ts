/** The networks that a study can vary: one setting at a time, named as the factors are. */
import { z } from 'zod';

const convSettings = z.strictObject({
  family: z.literal('conv'),
  /** Side of the convolutions' windows: one number for all blocks, or one for each. */
  kernel: z.union([z.int().min(1), z.array(z.int().min(1)).min(1)]).default(3),
  /** Blocks of convolution and downsampling; channels double from each to the next. */
  blocks: z.int().min(1).max(8).default(4),
  /** Channels of the first block. */
  width: z.int().min(1).default(32),
  padding: z.enum(['same', 'valid']).default('same'),
  batchNorm: z.boolean().default(true),
  /** What halves the sides: a max-pool after each convolution, or its stride. */
  downsampling: z.enum(['max-pool', 'stride']).default('max-pool'),
});

export const networkSchema = z.discriminatedUnion('family', [
  z.strictObject({ family: z.literal('dense') }),
  convSettings,
]);
export type Network = z.output<typeof networkSchema>;
