/** What was measured of the model with its weights stored as other types: the part that the card shows. */
import { z } from 'zod';

const share = z.number().min(0).max(1);

export const compressionSchema = z.looseObject({
  machine: z.unknown(),
  rows: z.array(
    z.looseObject({
      weights: z.string(),
      bytes: z.int().positive(),
      val: share,
      test: share,
      /** Medians in milliseconds, by circumstances: an object with a `median` at any depth is one. */
      latencyMs: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type Compression = z.infer<typeof compressionSchema>;

/** The medians of a row's latencies, each named by the path to it. */
export function mediansOf(latency: unknown, path: readonly string[] = []): (readonly [string, number])[] {
  if (typeof latency !== 'object' || latency === null) return [];
  if ('median' in latency && typeof latency.median === 'number') return [[path.join(' '), latency.median]];
  return Object.entries(latency).flatMap(([key, inner]) => mediansOf(inner, [...path, key]));
}
