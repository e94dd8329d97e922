/** Measures, and differences between two variants, as they are and as other seeds and images would have given them. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { accuracy, type ClassCounts, macroF1 } from './measures.ts';
import type { Tally } from './tally.ts';

/** What variants are compared by. */
const measures = { accuracy, macroF1 };
export type Measure = keyof typeof measures;

/** The predictions of one seed by two variants: of each, one class for each image. */
export type Pair = readonly [readonly number[], readonly number[]];

/** What is made of each measure. */
export function ofEach<T>(make: (measure: Measure) => T): Readonly<Record<Measure, T>> {
  return { accuracy: make('accuracy'), macroF1: make('macroF1') };
}

/**
 * By seed: the first variant's measure less the second's, of all the images.
 *
 * @param tally of the {@link Pair}s' predictions, one pair after the other
 */
export function differences(tally: Tally, measure: Measure): number[] {
  tally.clear();
  for (let group = 0; group < tally.groups; group += 1) tally.add(group);
  return Array.from({ length: tally.counts.length / 2 }, (_, seed) => differenceNow(tally, seed, measure));
}

/**
 * The measures of the tally's first run, again and again, each time of as many groups as there are, drawn with
 * replacement. A class that is not drawn is in no mean over classes.
 *
 * @returns `[resamples]` of each measure
 */
export function resampledMeasures(
  tally: Tally,
  resamples: number,
  random: RandomGenerator,
): Readonly<Record<Measure, Float64Array>> {
  const replicates = ofEach(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample += 1) {
    drawGroups(tally, random);
    ofEach((measure) => {
      replicates[measure][resample] = measures[measure](countsOf(tally, 0));
    });
  }
  return replicates;
}

/**
 * The mean difference over seeds, again and again: each time as many seeds as there are, drawn with replacement, the
 * two runs of a seed together; and as many groups of images, which all seeds share as they share the test images. So
 * rows and columns of a table are drawn, not its cells: Owen 2007, The pigeonhole bootstrap, Annals of Applied
 * Statistics 1(2), 386-411. A class that is not drawn is not present, and in no mean over classes.
 *
 * @param tally of the {@link Pair}s' predictions, one pair after the other
 * @returns `[resamples]` of each measure
 */
export function resampledDifferences(
  tally: Tally,
  resamples: number,
  random: RandomGenerator,
): Readonly<Record<Measure, Float64Array>> {
  const seeds = tally.counts.length / 2;
  const replicates = ofEach(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample += 1) {
    drawGroups(tally, random);
    const drawn = Array.from({ length: seeds }, () => uniformInt(random, 0, seeds - 1));
    ofEach((measure) => {
      const sum = drawn.reduce((total, seed) => total + differenceNow(tally, seed, measure), 0);
      replicates[measure][resample] = sum / seeds;
    });
  }
  return replicates;
}

function drawGroups(tally: Tally, random: RandomGenerator): void {
  tally.clear();
  for (let i = 0; i < tally.groups; i += 1) tally.add(uniformInt(random, 0, tally.groups - 1));
}

function differenceNow(tally: Tally, seed: number, measure: Measure): number {
  return measures[measure](countsOf(tally, 2 * seed)) - measures[measure](countsOf(tally, 2 * seed + 1));
}

function countsOf({ counts }: Tally, run: number): ClassCounts {
  const found = counts[run];
  if (found !== undefined) return found;
  throw new RangeError(`expected a run's position, 0 to ${counts.length - 1}, found ${run}`);
}
