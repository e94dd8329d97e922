/** What several seeds say together, and what several comparisons do. */
import quantile from '@stdlib/stats-base-dists-t-quantile';
import { deviation, mean } from 'd3-array';

/** Of all intervals here: 95 %. */
export const CONFIDENCE = 0.95;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Summary {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation, n - 1 under the line; null for one value. */
  readonly deviation: number | null;
  /** 95 % confidence interval of the mean; null for one value, which says nothing of its spread. */
  readonly interval: Interval | null;
}

/**
 * Mean, standard deviation and confidence interval of a measure over seeds, in the measure's unit. The interval is
 * Student's: mean +- t(0.975, n - 1) s / sqrt(n); with 3 seeds t is 4.30. It holds for values that are about normal,
 * and tells of other seeds on the same images, not of other images.
 *
 * @returns null without values, as of a variant that has not run
 * @throws RangeError if a value is not a finite number
 */
export function summarize(values: readonly number[]): Summary | null {
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new RangeError(`expected finite numbers, found ${wrong}`);
  const average = mean(values);
  if (average === undefined) return null;
  const count = values.length;
  const spread = deviation(values);
  if (spread === undefined) return { count, mean: average, deviation: null, interval: null };
  const half = (quantile((1 + CONFIDENCE) / 2, count - 1) * spread) / Math.sqrt(count);
  return { count, mean: average, deviation: spread, interval: { low: average - half, high: average + half } };
}
