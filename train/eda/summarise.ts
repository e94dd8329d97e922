/** Numbers of many images, as a few. */
import { bin, deviation, group, mean, median } from 'd3-array';
import { bySplit, type Split } from '../data/listing.ts';
import type { Counts, Histogram, Summary } from './schema.ts';

/** What has a place in a split. */
export interface InSplit {
  readonly split: Split;
}

export function countBySplit(items: readonly InSplit[]): Counts {
  return bySplit((split) => items.filter((item) => item.split === split).length);
}

export function total({ train, val, test }: Counts): number {
  return train + val + test;
}

/** How many items have each key, the most frequent key first, and how many of them are in each split. */
export function countByKey<T extends InSplit, K>(
  items: readonly T[],
  key: (item: T) => K,
): { readonly key: K; readonly first: T; readonly images: Counts }[] {
  return [...group(items, key)]
    .sort(([, a], [, b]) => b.length - a.length)
    .flatMap(([value, members]) => {
      const [first] = members;
      return first === undefined ? [] : [{ key: value, first, images: countBySplit(members) }];
    });
}

/** @throws Error if there are none */
export function summarise(values: readonly number[]): Summary {
  const average = mean(values);
  const middle = median(values);
  if (average === undefined || middle === undefined) throw new Error('no values to summarise');
  return {
    images: values.length,
    least: values.reduce((least, value) => Math.min(least, value)),
    median: middle,
    mean: average,
    sd: deviation(values) ?? null,
    most: values.reduce((most, value) => Math.max(most, value)),
  };
}

/** Counts per split in bins of equal width from `low` to `high`. */
export function histogramOf<T extends InSplit>(
  items: readonly T[],
  value: (item: T) => number,
  { low, high, bins }: { readonly low: number; readonly high: number; readonly bins: number },
): Histogram {
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
  const count = bin<T, number>().value(value).domain([low, high]).thresholds(edges.slice(1, -1));
  return {
    edges,
    counts: bySplit((split) =>
      count(items.filter((item) => item.split === split)).map(({ length }) => length),
    ),
  };
}
