/** What several seeds say together, and what several comparisons do. */
import quantile from '@stdlib/stats-base-dists-t-quantile';
import { deviation, mean, quantile as sampleQuantile } from 'd3-array';

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

/** What lies between the outer 2.5 % of a bootstrap's replicates on either side. */
export function percentileInterval(replicates: Float64Array): Interval {
  const at = (p: number) => sampleQuantile(replicates, p) ?? 0;
  return { low: at((1 - CONFIDENCE) / 2), high: at((1 + CONFIDENCE) / 2) };
}

/** z(0.975), the standard normal distribution's quantile. */
const normalQuantile = 1.959963984540054;

/**
 * 95 % score interval of a share (Wilson 1927, Journal of the American Statistical Association 22(158), 209-212): of
 * few trials, or of a share of 0 or 1, it promises less than the interval of the normal distribution.
 *
 * @param share 0 to 1, of the trials
 * @param trials more than 0; that they are independent is the caller's claim
 */
export function wilsonInterval(share: number, trials: number): Interval {
  const z2 = normalQuantile ** 2;
  const centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half =
    (normalQuantile / (1 + z2 / trials)) * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * Probabilities adjusted for how many they are, by Holm's step-down method: the smallest of m is multiplied by m, the
 * next by m - 1, and so on, none falling below the one before it, nor over 1. Holm 1979, A simple sequentially rejective
 * multiple test procedure, Scandinavian Journal of Statistics 6(2), 65-70; R's `p.adjust(p, 'holm')`.
 *
 * @returns in the order given
 */
export function holm(probabilities: readonly number[]): number[] {
  const adjusted = new Array<number>(probabilities.length).fill(1);
  let least = 0;
  for (const [rank, [index, p]] of [...probabilities.entries()].sort(([, a], [, b]) => a - b).entries()) {
    least = Math.max(least, Math.min(1, (probabilities.length - rank) * p));
    adjusted[index] = least;
  }
  return adjusted;
}
