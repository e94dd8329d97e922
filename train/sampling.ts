/** Which images an epoch shows, and in what order. */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { fillUniform, permutation } from '../export/random.ts';

/**
 * `count` images in random order. An image of a class of n is expected n^-balance times, over a common divisor, by
 * systematic resampling (https://en.wikipedia.org/wiki/Systematic_sampling): it comes as often as that, rounded down or
 * up, so that nothing is left to chance more than it has to be.
 *
 * @param labels the class of each image; those with a negative one are not drawn
 * @param balance 0: every image as often as another; 1: every class
 */
export function drawnImages(
  labels: Int32Array,
  balance: number,
  count: number,
  random: RandomGenerator,
): Int32Array {
  const shuffled = permutation(random, labels.length);
  if (balance === 0 && count === labels.length) return shuffled;
  const weights = imageWeights(labels, balance);
  const scale = count / weights.reduce((sum, weight) => sum + weight, 0);
  const offset = new Float32Array(1);
  fillUniform(random, offset);
  const drawn = new Int32Array(count);
  const first = offset[0] ?? 0;
  let passed = 0;
  let done = 0;
  for (const image of shuffled) {
    passed += (weights[image] ?? 0) * scale;
    for (; first + done < passed && done < count; done += 1) drawn[done] = image;
  }
  return permutation(random, count).map((place) => drawn[place] ?? 0);
}

/** n^-balance for each image. */
function imageWeights(labels: Int32Array, balance: number): Float64Array {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Float64Array.from(labels, (label) => (label < 0 ? 0 : (counts.get(label) ?? 1) ** -balance));
}
