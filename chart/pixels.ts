/** Numbers as pixels, uint8 `[H, W, 3]` and row-major each. */
import { cividis } from './cividis.ts';

const steps = 256;

/**
 * Cividis, as charts have it (theme.ts). Pictures of pixels are the same on a dark page: the least is the darkest.
 * `[256, 3]`
 */
const colours: Uint8Array = Uint8Array.from(
  Array.from({ length: steps }, (_, step) => cividis(step / (steps - 1))).flat(),
);

/** Magnitudes from 0 to `largest` in cividis; what is beyond has the colour of the nearer end. */
export function magnitudePixels(values: Float32Array, largest: number): Uint8Array {
  const pixels = new Uint8Array(values.length * 3);
  for (const [i, value] of values.entries()) {
    const share = largest > 0 ? Math.min(Math.max(value / largest, 0), 1) : 0;
    const step = Math.round(share * (steps - 1));
    pixels.set(colours.subarray(step * 3, step * 3 + 3), i * 3);
  }
  return pixels;
}

/**
 * Weights of red, green and blue as these colours: 0 is mid-grey, `largest` full and -`largest` none of the colour;
 * what is beyond has that of the nearer end.
 *
 * @param planes float32 `[3, H, W]`
 */
export function weightPixels(planes: Float32Array, largest: number): Uint8Array {
  const size = planes.length / 3;
  // Rounded and held to 0..255, as a Uint8ClampedArray does.
  const pixels = new Uint8ClampedArray(planes.length);
  for (const [i, weight] of planes.entries()) {
    const share = largest > 0 ? weight / largest : 0;
    pixels[(i % size) * 3 + Math.floor(i / size)] = 127.5 * (1 + share);
  }
  return new Uint8Array(pixels.buffer);
}

/** Each pixel as a square of `factor` x `factor`. @param width in pixels, before */
export function enlarge(pixels: Uint8Array, width: number, factor: number): Uint8Array {
  const height = pixels.length / 3 / width;
  const enlarged = new Uint8Array(pixels.length * factor ** 2);
  for (let y = 0; y < height * factor; y += 1) {
    for (let x = 0; x < width * factor; x += 1) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 3;
      enlarged.set(pixels.subarray(from, from + 3), (y * width * factor + x) * 3);
    }
  }
  return enlarged;
}
