/** How much splits differ in what they show. */
import type { Split } from '../data/listing.ts';
import { jensenShannonDistance, sampleDistances, totalVariation } from './distances.ts';
import type { Observation } from './observe.ts';
import type { Counts, Eda } from './schema.ts';
import { splitPairs } from './splitPairs.ts';

/**
 * @param classes images of each class
 * @param instruments images of each instrument; null if the names do not tell
 */
export function shifts(
  images: readonly Observation[],
  classes: readonly Counts[],
  instruments: readonly Counts[] | null,
): Eda['shift'] {
  const values = (split: Split, value: (image: Observation) => number) =>
    images.filter((image) => image.split === split).map(value);
  return splitPairs(({ first, second }) => {
    const between = (value: (image: Observation) => number) =>
      sampleDistances(values(first, value), values(second, value));
    const both = instruments !== null && [first, second].every((split) => total(instruments, split) > 0);
    return {
      classes: discrete(classes, first, second),
      instruments: both ? discrete(instruments, first, second) : null,
      brightness: between(({ brightness }) => brightness),
      saturation: between(({ saturation }) => saturation),
    };
  });
}

function discrete(outcomes: readonly Counts[], first: Split, second: Split) {
  const [a, b] = [outcomes.map((images) => images[first]), outcomes.map((images) => images[second])];
  return { totalVariation: totalVariation(a, b), jensenShannon: jensenShannonDistance(a, b) };
}

function total(outcomes: readonly Counts[], split: Split): number {
  return outcomes.reduce((sum, images) => sum + images[split], 0);
}
