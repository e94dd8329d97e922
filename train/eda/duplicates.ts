/** Images that show the same thing from the same place: of one exposure, or with hashes that hardly differ. */
import { bySplit, SPLITS } from '../data/listing.ts';
import type { Observation } from './observe.ts';
import { hashWords, ones } from './perceptualHash.ts';
import type { Eda, SimilarPair } from './schema.ts';
import { labelledFile } from './splitPairs.ts';

/**
 * Bits in which the hashes of near-duplicates differ at most, of 64. Found by looking at pairs of the Mars images: of
 * 36 drawn at random at 8 bits, all show the same thing from the same place, if hours or months apart; of 36 at 10 bits,
 * all but one; of 18 at 12 bits with different labels, only 2. The report pictures those that it finds.
 */
export const nearDuplicateBits = 8;

interface Pair {
  readonly distance: number;
  readonly sameExposure: boolean;
  readonly first: Observation;
  readonly second: Observation;
}

/** Compares every image with every other. */
export function findDuplicates(
  images: readonly Observation[],
  classes: readonly string[],
): Eda['duplicates'] {
  const { pairs, distances } = compareAll(images);
  // Sorting keeps the order of the lists among equally near ones.
  pairs.sort((a, b) => Number(b.sameExposure) - Number(a.sameExposure) || a.distance - b.distance);
  const named = ({ distance, sameExposure, first, second }: Pair): SimilarPair => ({
    distance,
    sameExposure,
    first: labelledFile(first, classes),
    second: labelledFile(second, classes),
  });
  const alike = pairs.filter(({ first, second }) => first.split === second.split);
  const twins = [...new Set(alike.flatMap(({ first, second }) => [first, second]))];
  return {
    threshold: nearDuplicateBits,
    distances,
    pairs: SPLITS.flatMap((first, i) =>
      SPLITS.slice(i).map((second) => {
        const between = pairs.filter((pair) => pair.first.split === first && pair.second.split === second);
        return {
          first,
          second,
          pairs: between.length,
          sameExposure: between.filter(({ sameExposure }) => sameExposure).length,
          similar: between.filter(({ distance }) => distance <= nearDuplicateBits).length,
        };
      }),
    ),
    withinSplit: bySplit((split) => twins.filter((image) => image.split === split).length),
    acrossSplits: nearestEarlier(pairs).map(named),
    conflicts: pairs.filter(({ first, second }) => first.label !== second.label).map(named),
  };
}

/** The pairs of near-duplicates, and how many pairs there are at each distance; the first image is listed first. */
function compareAll(images: readonly Observation[]) {
  // Tens of millions of pairs: flat numbers, where objects would take half a minute.
  const words = new Uint32Array(hashWords * images.length);
  for (const [i, { hash }] of images.entries()) words.set(hash, hashWords * i);
  const exposures = exposureNumbers(images);
  const counts = [new Int32Array(65), new Int32Array(65)] as const;
  const pairs: Pair[] = [];
  for (let i = 0; i < images.length; i += 1) {
    const [low, high, exposure] = [words[2 * i] ?? 0, words[2 * i + 1] ?? 0, exposures[i]];
    for (let j = i + 1; j < images.length; j += 1) {
      const distance = ones(low ^ (words[2 * j] ?? 0)) + ones(high ^ (words[2 * j + 1] ?? 0));
      const sameExposure = exposure === exposures[j];
      const kind = counts[sameExposure ? 1 : 0];
      kind[distance] = (kind[distance] ?? 0) + 1;
      if (distance > nearDuplicateBits && !sameExposure) continue;
      const [first, second] = [images[i], images[j]];
      if (first && second) pairs.push({ distance, sameExposure, first, second });
    }
  }
  const [others, same] = counts;
  const distances = Array.from(others, (count, distance) => ({
    distance,
    sameExposure: same[distance] ?? 0,
    others: count,
  }));
  return { pairs, distances: distances.filter(({ sameExposure, others }) => sameExposure + others > 0) };
}

/** A number for each exposure; an image whose name does not tell has one of its own. */
function exposureNumbers(images: readonly Observation[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(images, ({ name }, i) => {
    if (name === undefined) return -1 - i;
    const number = numbers.get(name.exposure) ?? numbers.size;
    numbers.set(name.exposure, number);
    return number;
  });
}

/** Of each image with near-duplicates in an earlier split, the first pair with one of them. */
function nearestEarlier(pairs: readonly Pair[]): Pair[] {
  const nearest = new Map<Observation, Pair>();
  for (const pair of pairs) {
    // Images are in the order of the splits, so the first one of a pair is not of a later split.
    if (pair.first.split !== pair.second.split && !nearest.has(pair.second)) nearest.set(pair.second, pair);
  }
  return [...nearest.values()];
}
