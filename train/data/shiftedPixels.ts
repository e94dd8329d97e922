/** Images shifted by whole pixels: does a network still know what has only moved? */
import { moved, movedCache } from './movedPixels.ts';
import type { PixelCache } from './pixelCache.ts';

/**
 * Shifts what is seen to the right by `dx` and down by `dy` pixels, to the left and up where they are negative. What
 * comes into view repeats the edge, as numpy's `pad(mode='edge')` does: black would be an edge of its own.
 *
 * @param images uint8 `[count, size, size, 3]`
 * @returns the same shape, in memory of its own
 * @throws RangeError if a shift is not whole, or the bytes are not whole images of that size
 */
export function shifted(images: Uint8Array, size: number, dx: number, dy: number): Uint8Array {
  return moved(images, shift(size, dx, dy));
}

/**
 * The images of a cache, {@link shifted} as they are read; closing it closes the cache.
 *
 * @param size height and width of the cache's images, in pixels
 * @throws RangeError if a shift is not whole, or the cache's images are of another size
 */
export function shiftedCache(cache: PixelCache, size: number, dx: number, dy: number): PixelCache {
  return movedCache(cache, shift(size, dx, dy));
}

function shift(size: number, dx: number, dy: number): Int32Array {
  if (!Number.isInteger(dx) || !Number.isInteger(dy)) {
    throw new RangeError(`expected shifts by whole pixels, found ${dx} and ${dy}`);
  }
  const inside = (position: number) => Math.min(Math.max(position, 0), size - 1);
  return Int32Array.from({ length: size * size }, (_, pixel) => {
    const row = Math.floor(pixel / size);
    return inside(row - dy) * size + inside((pixel % size) - dx);
  });
}
