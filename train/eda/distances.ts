/** How far two distributions are apart, each as one number. */
import { bisectRight, sum } from 'd3-array';

/**
 * Total variation of two discrete distributions, 0 to 1: half of Σ |p - q| (Levin, Peres and Wilmer, Markov Chains and
 * Mixing Times, proposition 4.2). It is the share of images that would have to change their class to make the one the
 * other.
 *
 * @param a how often each outcome came, of a positive sum
 */
export function totalVariation(a: readonly number[], b: readonly number[]): number {
  const [p, q] = [shares(a), shares(b)];
  return sum(p, (share, i) => Math.abs(share - (q[i] ?? 0))) / 2;
}

/**
 * Jensen-Shannon distance of two discrete distributions, 0 to 1, a metric (Endres and Schindelin 2003,
 * https://doi.org/10.1109/TIT.2003.813506): the root of (KL(p | m) + KL(q | m)) / 2 with m = (p + q) / 2 and
 * logarithms of base 2. Unlike total variation it counts most what one of them has and the other lacks.
 *
 * @param a how often each outcome came, of a positive sum
 */
export function jensenShannonDistance(a: readonly number[], b: readonly number[]): number {
  const [p, q] = [shares(a), shares(b)];
  const divergence = sum(p, (share, i) => {
    const other = q[i] ?? 0;
    const middle = (share + other) / 2;
    return information(share, middle) + information(other, middle);
  });
  // Rounding may leave a tiny negative number of equal distributions.
  return Math.sqrt(Math.max(0, divergence / 2));
}

/** p log2(p / m), which is 0 for p = 0. */
function information(share: number, middle: number): number {
  return share === 0 ? 0 : share * Math.log2(share / middle);
}

function shares(counts: readonly number[]): number[] {
  const total = sum(counts);
  return counts.map((count) => count / total);
}

export interface SampleDistances {
  /** Statistic of the two-sample Kolmogorov-Smirnov test: the largest |F_a - F_b|, 0 to 1. */
  readonly kolmogorovSmirnov: number;
  /** Wasserstein-1 distance, ∫ |F_a - F_b| dx, in the samples' unit: how far values have to move, on average. */
  readonly wasserstein: number;
}

/**
 * Distances between the empirical distribution functions of two samples (Ramdas, Garcia and Cuturi 2017, section 2,
 * https://doi.org/10.3390/e19020047). Between neighbouring values both functions are constant, so the integral is a sum.
 *
 * @param a in any order, not empty
 */
export function sampleDistances(a: readonly number[], b: readonly number[]): SampleDistances {
  const [first, second] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  const values = Float64Array.from([...first, ...second]).sort();
  let [kolmogorovSmirnov, wasserstein] = [0, 0];
  for (const [i, value] of values.entries()) {
    const difference = Math.abs(
      bisectRight(first, value) / first.length - bisectRight(second, value) / second.length,
    );
    kolmogorovSmirnov = Math.max(kolmogorovSmirnov, difference);
    wasserstein += difference * ((values[i + 1] ?? value) - value);
  }
  return { kolmogorovSmirnov, wasserstein };
}
