/** Images moved by whole pixels, as if the camera had pointed elsewhere; the edge is repeated where nothing was seen. */
import type { PixelCache } from './pixelCache.ts';

/** The same images, each moved by `dx` to the right and `dy` down. */
export function shiftedCache(cache: PixelCache, size: number, dx: number, dy: number): PixelCache {
  const inside = (position: number) => Math.min(size - 1, Math.max(0, position));
  const from = Int32Array.from({ length: size * size }, (_, pixel) => {
    const [x, y] = [pixel % size, Math.floor(pixel / size)];
    return inside(y - dy) * size + inside(x - dx);
  });
  return gatheredCache(cache, from);
}

/** The same images with the pixel at `from[i]` of each at its position i; the channels of a pixel stay together. */
export function gatheredCache(cache: PixelCache, from: Int32Array): PixelCache {
  const channels = cache.imageBytes / from.length;
  return {
    count: cache.count,
    imageBytes: cache.imageBytes,
    labels: cache.labels,
    read(indices, out) {
      const original = new Uint8Array(out.length);
      cache.read(indices, original);
      for (let image = 0; image < out.length; image += cache.imageBytes) {
        for (let pixel = 0; pixel < from.length; pixel += 1) {
          const source = image + (from[pixel] ?? 0) * channels;
          for (let c = 0; c < channels; c += 1) {
            out[image + pixel * channels + c] = original[source + c] ?? 0;
          }
        }
      }
    },
    close: () => cache.close(),
  };
}
