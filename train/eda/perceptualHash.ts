/** A hash that similar pictures share: of what is left when all but the coarsest structure is taken away. */
import sharp from 'sharp';
import type { RgbImage } from '../../runtime/image.ts';

const side = 32;
/** What is cut off at each edge, as a share: the black frame of many products would decide most of the bits. */
const margin = 0.1;
/** Frequencies along each axis; the constant one, the picture's brightness, is left out. */
const frequencies = 8;
/** Words of 32 bits that a hash has. */
export const hashWords = 2;

/** cosines[k * side + n] = cos(pi (k + 1) (2 n + 1) / (2 side)): rows 1 to 8 of the DCT-II, up to a factor. */
const cosines = Float64Array.from({ length: frequencies * side }, (_, i) => {
  const [k, n] = [Math.floor(i / side), i % side];
  return Math.cos((Math.PI * (k + 1) * (2 * n + 1)) / (2 * side));
});

/**
 * The 64-bit DCT hash of a picture (Zauner 2010, Implementation and benchmarking of perceptual image hash functions,
 * 3.2.1, https://www.phash.org/docs/pubs/thesis_zauner.pdf) of the inner 80 % by 80 %: grey, 32x32, of its discrete
 * cosine transform the 8x8 lowest frequencies without the constant ones; a bit is 1 where the coefficient is above
 * their median. As many bits are 1 as 0, so distances are even, save for pictures with equal coefficients.
 *
 * @returns two words of 32 bits; {@link hammingDistance} compares them
 */
export async function perceptualHash({ data, width, height }: RgbImage): Promise<Uint32Array> {
  const [left, top] = [Math.floor(margin * width), Math.floor(margin * height)];
  const grey = await sharp(data, { raw: { width, height, channels: 3 } })
    .extract({ left, top, width: width - 2 * left, height: height - 2 * top })
    .greyscale()
    .resize(side, side, { fit: 'fill' })
    .raw()
    .toBuffer();
  return hashOfGrey(grey);
}

/** {@link perceptualHash} of 32x32 grey values, row by row. */
export function hashOfGrey(grey: Uint8Array): Uint32Array {
  const coefficients = coarse(grey);
  const sorted = coefficients.toSorted();
  // Of an even number, the mean of the two in the middle.
  const median = ((sorted[31] ?? 0) + (sorted[32] ?? 0)) / 2;
  const words = new Uint32Array(hashWords);
  for (const [i, coefficient] of coefficients.entries()) {
    if (coefficient > median) words[i >>> 5] = (words[i >>> 5] ?? 0) | (1 << (i & 31));
  }
  return words;
}

/** C X Cᵀ: 8x8 coefficients, vertical frequency first. */
function coarse(grey: Uint8Array): Float64Array {
  const rows = new Float64Array(frequencies * side);
  for (let k = 0; k < frequencies; k += 1) {
    for (let y = 0; y < side; y += 1) {
      const cosine = cosines[k * side + y] ?? 0;
      for (let x = 0; x < side; x += 1) {
        rows[k * side + x] = (rows[k * side + x] ?? 0) + cosine * (grey[y * side + x] ?? 0);
      }
    }
  }
  return Float64Array.from({ length: frequencies * frequencies }, (_, i) => {
    const [k, l] = [Math.floor(i / frequencies), i % frequencies];
    let sum = 0;
    for (let x = 0; x < side; x += 1) sum += (rows[k * side + x] ?? 0) * (cosines[l * side + x] ?? 0);
    return sum;
  });
}

/** In how many of the 64 bits two hashes differ. */
export function hammingDistance(a: Uint32Array, b: Uint32Array): number {
  return a.reduce((distance, word, i) => distance + ones(word ^ (b[i] ?? 0)), 0);
}

/** Ones among 32 bits, summed in parallel: Warren, Hacker's Delight, 5-1. */
export function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
