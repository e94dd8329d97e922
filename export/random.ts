/** All that decides a run is drawn from here: independent streams of one seed, the same on every machine. */
import { randomBeta } from 'd3-random';
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * The stream of a seed that its labels name, such as `stream(seed, 'shuffle', epoch)`. A run that resumes
 * asks for the streams that it needs, so no generator's state has to be kept.
 */
export function stream(seed: number, ...labels: readonly (string | number)[]): RandomGenerator {
  // FNV-1a over the label, http://www.isthe.com/chongo/tech/comp/fnv/, and murmur3's finalizer, without which
  // neighbouring labels would begin with neighbouring numbers.
  let hash = 0x811c9dc5;
  for (const character of [seed, ...labels].join('/')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return xoroshiro128plus(hash ^ (hash >>> 16));
}

/** Fills with numbers uniform in [0, 1). */
export function fillUniform(random: RandomGenerator, target: Float32Array): void {
  for (let i = 0; i < target.length; i += 1) target[i] = uniformFloat32(random);
}

/** 0 .. count - 1 in random order (Fisher-Yates). */
export function permutation(random: RandomGenerator, count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = uniformInt(random, 0, i);
    const moved = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = moved;
  }
  return order;
}

/** A number in [0, 1] of the Beta(alpha, alpha) distribution. */
export function symmetricBeta(random: RandomGenerator, alpha: number): number {
  return randomBeta.source(() => uniformFloat64(random))(alpha, alpha)();
}
