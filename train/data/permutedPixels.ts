/**
 * Images whose pixels are shuffled, all by the same permutation: nothing is lost, but neighbours are no longer
 * neighbours. A dense layer does not notice, for its weights can be permuted the same way; a convolution is left with
 * windows of unrelated pixels. (Zhang et al. 2017, Understanding deep learning requires rethinking generalization,
 * section 2.1, trains on such images.) Train, val and test take the same seed. Augmentation that moves pixels makes no
 * sense of them.
 */
import { permutation, stream } from '../../export/random.ts';
import { movedCache } from './movedPixels.ts';
import type { PixelCache } from './pixelCache.ts';

/**
 * @param size height and width of an image, in pixels
 * @returns `[size * size]`: for each pixel of the result, row by row, the position of the one that goes there
 */
export function pixelPermutation(size: number, seed: number): Int32Array {
  return permutation(stream(seed, 'pixels', size), size * size);
}

/**
 * The images of a cache, permuted as they are read; closing it closes the cache.
 *
 * @param size height and width of the cache's images, in pixels
 * @throws RangeError if they are of another size
 */
export function permutedCache(cache: PixelCache, size: number, seed: number): PixelCache {
  return movedCache(cache, pixelPermutation(size, seed));
}
