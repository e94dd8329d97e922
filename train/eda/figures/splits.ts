/** How the charts show the splits: the same colour and form in all of them. */
import { SPLITS, type Split } from '../../data/listing.ts';
import { splitColours } from '../../document/splitColours.ts';
import type { Histogram } from '../schema.ts';

export const splitColour = {
  field: 'split',
  type: 'nominal',
  sort: [...SPLITS],
  scale: { domain: [...SPLITS], range: SPLITS.map((split) => splitColours[split]) },
  title: 'Split',
} as const;

/** `rows` of each split, one below the other, with its name. */
export function ofEachSplit<T extends object>(
  rows: (split: Split) => readonly T[],
): (T & { split: Split })[] {
  return SPLITS.flatMap((split) => rows(split).map((row) => ({ ...row, split })));
}

/** Each bin with its share of the split's images. */
export function histogramRows({ edges, counts }: Histogram) {
  return ofEachSplit((split) => {
    const total = counts[split].reduce((sum, count) => sum + count, 0);
    return counts[split].map((images, i) => ({
      from: edges[i] ?? 0,
      to: edges[i + 1] ?? 0,
      images,
      share: total === 0 ? 0 : images / total,
    }));
  });
}
