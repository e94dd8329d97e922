/**
 * Whether one variant is better than another, or only came out better: with other seeds and other test images, would
 * it be again?
 *
 * The interval is the percentile interval of a bootstrap (Efron & Tibshirani 1993, An Introduction to the Bootstrap,
 * chapter 13) that draws seeds and images anew, both variants seeing the same. Images are drawn by Martian day too:
 * what a rover sees on one day is alike, and images that are right or wrong together are fewer than they look. Days
 * drawn whole keep that (Field & Welsh 2007, Bootstrapping clustered data, Journal of the Royal Statistical Society B
 * 69(3), 369-390); drawn one by one, images promise too narrow an interval.
 *
 * A bootstrap over 3 seeds understates what seeds do: it never leaves the three, and with images that all agree its
 * 95 % interval is from the smallest difference to the largest, which holds the true one in 75 % of studies. So the
 * interval of Student's t over the seeds' differences is given too. That one takes the images as they are, so neither
 * can stand for the other; what both say together, judge says (verdict.ts).
 */
import { group } from 'd3-array';
import { stream } from '../../export/random.ts';
import { differences, ofEach, type Pair, resampledDifferences } from './bootstrap.ts';
import { requireClasses } from './measures.ts';
import { type Interval, percentileInterval, summarize } from './statistics.ts';
import { Tally } from './tally.ts';

/** A finished run, as far as it is compared. */
export interface ComparedRun {
  readonly seed: number;
  /** Class that each image is given, in the order of the images. */
  readonly predictions: readonly number[];
}

export interface ComparedImages {
  /** Class of each, 0 to `classes` - 1. */
  readonly labels: readonly number[];
  /** Martian day of each; an image of an unknown day counts as a day of its own. */
  readonly sols: readonly (number | null)[];
  readonly classes: number;
}

/** Of one measure: the first variant's less the second's, in the measure's unit (0.01 is one percentage point). */
export interface Difference {
  /** Of the means over the seeds that both have. */
  readonly estimate: number;
  /** 95 %, seeds and images drawn, each image for itself: too narrow where images of a day are alike. */
  readonly byImage: Interval;
  /** 95 %, seeds and Martian days drawn. */
  readonly bySol: Interval;
  /** 95 %, Student's t over the differences by seed, on these images; null for one seed. */
  readonly overSeeds: Interval | null;
  /** Of no difference, from seeds and Martian days drawn: two-sided, and never 0. */
  readonly p: number;
}

export interface Comparison {
  /** That both variants have finished, in ascending order. */
  readonly seeds: readonly number[];
  readonly accuracy: Difference;
  readonly macroF1: Difference;
}

/**
 * Compares two variants on the same images and the seeds that both have.
 *
 * @param seed of the drawing: the same gives the same intervals, and another order of the variants the negated ones
 * @param resamples 10,000 leave the ends of an interval uncertain by under 1 % of its width
 * @returns null if there is no seed that both have
 * @throws RangeError if there are no images, not as many predictions or days as images, or a class outside the range
 */
export function compare(
  first: readonly ComparedRun[],
  second: readonly ComparedRun[],
  { labels, sols, classes }: ComparedImages,
  seed: number,
  resamples = 10_000,
): Comparison | null {
  const pairs = pairsOf(first, second);
  const seeds = [...pairs.keys()];
  if (seeds.length === 0) return null;
  const predictions = [...pairs.values()];
  for (const run of predictions.flat()) requireClasses(labels, run, classes);

  if (sols.length !== labels.length) {
    throw new RangeError(`expected ${labels.length} days, one for each image, found ${sols.length}`);
  }

  const images = labels.map((_, image) => image);
  const tallyOf = (groups: readonly (readonly number[])[]) =>
    new Tally(labels, predictions.flat(), groups, classes);
  const byImage = tallyOf(images.map((image) => [image]));
  const bySol = tallyOf([...group(images, (image) => sols[image] ?? `image ${image}`).values()]);

  // The same draws for every pair of variants.
  const drawn = (tally: Tally, what: string) =>
    resampledDifferences(tally, resamples, stream(seed, 'bootstrap', what));
  const imagesDrawn = drawn(byImage, 'images');
  const solsDrawn = drawn(bySol, 'sols');
  const compared = ofEach((measure): Difference => {
    const over = summarize(differences(bySol, measure));
    return {
      estimate: over?.mean ?? 0,
      byImage: percentileInterval(imagesDrawn[measure]),
      bySol: percentileInterval(solsDrawn[measure]),
      overSeeds: over?.interval ?? null,
      p: twoSided(solsDrawn[measure]),
    };
  });
  return { seeds, ...compared };
}

/** By seed in ascending order, for the seeds that both have, whatever order the runs are listed in. */
function pairsOf(first: readonly ComparedRun[], second: readonly ComparedRun[]): Map<number, Pair> {
  const partners = new Map(second.map((run) => [run.seed, run.predictions]));
  const pairs = new Map<number, Pair>();
  for (const { seed, predictions } of first.toSorted((a, b) => a.seed - b.seed)) {
    const partner = partners.get(seed);
    if (partner !== undefined) pairs.set(seed, [predictions, partner]);
  }
  return pairs;
}

/**
 * Twice the share of replicates on the far side of 0, or on it: the smallest alpha whose percentile interval leaves 0
 * out. One is added above and below the line, for the sample itself: Davison & Hinkley 1997, Bootstrap Methods and
 * their Application, (4.11).
 */
function twoSided(replicates: Float64Array): number {
  let below = 0;
  let above = 0;
  for (const value of replicates) {
    if (value <= 0) below += 1;
    if (value >= 0) above += 1;
  }
  return Math.min(1, (2 * (Math.min(below, above) + 1)) / (replicates.length + 1));
}
