/** Images whose pixels are in another order, the same for all: what a dense network cannot tell, and a convolution can. */
import { permutation, stream } from '../../export/random.ts';
import type { PixelCache } from './pixelCache.ts';
import { gatheredCache } from './shiftedPixels.ts';

/** The same images, with the pixels of each permuted alike. */
export function permutedCache(cache: PixelCache, size: number, seed: number): PixelCache {
  return gatheredCache(cache, permutation(stream(seed, 'pixels', size), size * size));
}
