/** How well a score tells images of the known classes from others. */
import { bisectLeft, bisectRight, sum } from 'd3-array';

export interface Separation {
  /**
   * Area under the receiver operating characteristic: how often a known image scores higher than another one, ties half
   * (Hanley and McNeil 1982, Radiology 143(1), 29-36).
   */
  readonly auroc: number;
  /**
   * Share of the others that are taken for known ones by the threshold that at least 95 % of the known reach (FPR at 95 %
   * TPR, known images being the positives: Liang et al. 2018, https://arxiv.org/abs/1706.02690).
   */
  readonly fpr95: number;
}

/**
 * @param known scores of images of the classes, the higher the more so; at least one
 * @param others scores of images of none; at least one
 */
export function separation(known: readonly number[], others: readonly number[]): Separation {
  const sorted = Float64Array.from(others).sort();
  const wins = sum(known, (score) => (bisectLeft(sorted, score) + bisectRight(sorted, score)) / 2);
  const descending = Float64Array.from(known).sort().reverse();
  const threshold = descending[Math.ceil(0.95 * known.length) - 1] ?? Number.NaN;
  return {
    auroc: wins / (known.length * others.length),
    fpr95: (others.length - bisectLeft(sorted, threshold)) / others.length,
  };
}
