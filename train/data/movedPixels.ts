/** Images whose pixels change places, all images alike; the channels of a pixel stay together. */
import type { PixelCache } from './pixelCache.ts';

/**
 * @param images uint8 `[count, H, W, 3]`
 * @param sources `[H * W]`: for each pixel of the result, row by row, the position of the pixel that it is a copy of
 * @returns uint8 `[count, H, W, 3]`, in memory of its own
 * @throws RangeError if the bytes are not whole images of that many pixels
 */
export function moved(images: Uint8Array, sources: Int32Array): Uint8Array {
  const imageBytes = sources.length * 3;
  if (imageBytes === 0 || images.length % imageBytes !== 0) {
    throw new RangeError(`expected images of ${imageBytes} bytes, found ${images.length} bytes`);
  }
  const result = new Uint8Array(images.length);
  for (let first = 0; first < images.length; first += imageBytes) {
    for (let pixel = 0; pixel < sources.length; pixel += 1) {
      const target = first + 3 * pixel;
      const source = first + 3 * (sources[pixel] ?? 0);
      result[target] = images[source] ?? 0;
      result[target + 1] = images[source + 1] ?? 0;
      result[target + 2] = images[source + 2] ?? 0;
    }
  }
  return result;
}

/**
 * The images of a cache, moved as they are read; closing it closes the cache.
 *
 * @param sources as of {@link moved}
 * @throws RangeError if the cache's images have another number of pixels
 */
export function movedCache(cache: PixelCache, sources: Int32Array): PixelCache {
  const { count, imageBytes, labels } = cache;
  if (3 * sources.length !== imageBytes) {
    throw new RangeError(`expected images of ${3 * sources.length} bytes, found images of ${imageBytes}`);
  }
  return {
    count,
    imageBytes,
    labels,
    read(indices, out) {
      cache.read(indices, out);
      out.set(moved(out, sources));
    },
    close: () => cache.close(),
  };
}
