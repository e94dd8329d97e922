/** Which of an experiment's differences are real. */
import type { Difference } from './comparison.ts';
import { CONFIDENCE, holm } from './statistics.ts';

export interface Verdict {
  /** The difference's p, raised for the number of comparisons by Holm's method. */
  readonly p: number;
  readonly real: boolean;
}

/**
 * Calls those differences real that neither chance of images nor chance of seeds is likely to give: p is under 0.05
 * after Holm's correction, which implies that the interval by Martian day leaves 0 out; and the interval over seeds
 * leaves 0 out on the same side, since the bootstrap makes too little of few seeds. With one seed nothing is real: what
 * the seed does cannot be told from what the variant does.
 *
 * Holm's method holds the chance of any wrong claim in the family to 5 % however its members depend on each other (they
 * share a variant and the images), and claims at least what Bonferroni's would (see {@link holm}). The condition on
 * the seeds is each difference's own and not corrected: of three seeds that would ask for a t of 9 and more.
 *
 * @param differences one measure's, of all variants of an experiment from its first. One that has not run is null and
 *   counts as if it showed nothing, so that its finishing takes back nothing that was called real before.
 */
export function judge(differences: readonly (Difference | null)[]): (Verdict | null)[] {
  const adjusted = holm(differences.map((difference) => difference?.p ?? 1));
  return differences.map((difference, index) => {
    const p = adjusted[index] ?? 1;
    return difference && { p, real: p < 1 - CONFIDENCE && seedsAgree(difference) };
  });
}

function seedsAgree({ estimate, overSeeds }: Difference): boolean {
  if (overSeeds === null) return false;
  return estimate > 0 ? overSeeds.low > 0 : overSeeds.high < 0;
}
