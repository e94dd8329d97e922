/** The difference between two variants as it is, and as other seeds and images would have given it. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { accuracy, macroF1 } from './measures.ts';
import type { Tally } from './tally.ts';

/** What variants are compared by. */
const measures = { accuracy, macroF1 };
export type Measure = keyof typeof measures;

/** What is made of each measure. */
export function ofEach<T>(make: (measure: Measure) => T): Readonly<Record<Measure, T>> {
  return { accuracy: make('accuracy'), macroF1: make('macroF1') };
}

/** By seed: the first variant's measure less the second's, of all the images. */
export function differences(tally: Tally, measure: Measure): number[] {
  tally.clear();
  for (let group = 0; group < tally.groups; group += 1) tally.add(group);
  return tally.counts.map((_, seed) => differenceNow(tally, seed, measure));
}

/**
 * The mean difference over seeds, again and again: each time as many seeds as there are, drawn with replacement, the
 * two runs of a seed together; and as many groups of images, which all seeds share as they share the test images. So
 * rows and columns of a table are drawn, not its cells: Owen 2007, The pigeonhole bootstrap, Annals of Applied
 * Statistics 1(2), 386-411. A class that is not drawn is not present, and in no mean over classes.
 *
 * @returns `[resamples]` of each measure
 */
export function resampledDifferences(
  tally: Tally,
  resamples: number,
  random: RandomGenerator,
): Readonly<Record<Measure, Float64Array>> {
  const seeds = tally.counts.length;
  const replicates = ofEach(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample += 1) {
    tally.clear();
    for (let i = 0; i < tally.groups; i += 1) tally.add(uniformInt(random, 0, tally.groups - 1));
    const drawn = Array.from({ length: seeds }, () => uniformInt(random, 0, seeds - 1));
    ofEach((measure) => {
      const sum = drawn.reduce((total, seed) => total + differenceNow(tally, seed, measure), 0);
      replicates[measure][resample] = sum / seeds;
    });
  }
  return replicates;
}

function differenceNow({ counts }: Tally, seed: number, measure: Measure): number {
  const pair = counts[seed];
  if (pair === undefined)
    throw new RangeError(`expected a seed's position, 0 to ${counts.length - 1}, found ${seed}`);
  const [first, second] = pair;
  return measures[measure](first) - measures[measure](second);
}
