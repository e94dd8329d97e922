/** Numbers as the card's tables have them. */
import type { Interval, Summary } from '../experiments/statistics.ts';
import { pointsOf } from '../report/format.ts';
import type { OverSeeds } from './seeds.ts';

/** How a measure is written: a share in percent, or a number as it is. */
export type Unit = 'percent' | 'plain';

const writers: { readonly [U in Unit]: (value: number) => string } = {
  percent: pointsOf,
  plain: (value) => value.toFixed(3),
};

/** '71.2', or '-' where there is nothing to measure. */
export function valueText(value: number | null, unit: Unit): string {
  return value === null ? '-' : writers[unit](value);
}

/** '70.1 to 72.0'. */
export function intervalText(interval: Interval | null | undefined, unit: Unit): string {
  if (!interval) return '-';
  return `${writers[unit](interval.low)} to ${writers[unit](interval.high)}`;
}

export function meanText(summary: Summary | null, unit: Unit): string {
  return valueText(summary?.mean ?? null, unit);
}

/** From the least to the most of the seeds. */
export function extentText({ summary, least, most }: OverSeeds, unit: Unit): string {
  return summary === null ? '-' : intervalText({ low: least, high: most }, unit);
}

/** 3,981,312 bytes as '3.98 MB'. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
