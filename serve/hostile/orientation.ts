/** EXIF orientation: the answer must be that for the pixels as they are meant to be seen. */

import sharp from 'sharp';
import type { RgbImage } from '../../runtime/image.ts';
import { classified } from './expectations.ts';
import { classify, type Input, type Kind } from './kind.ts';
import { open, picture } from './picture.ts';

/** Where in the stored image, of `width` x `height`, a pixel at x, y of the seen one is. EXIF 2.32, tag 0x0112. */
const storedPlaces: readonly ((
  x: number,
  y: number,
  width: number,
  height: number,
) => readonly [number, number])[] = [
  (x, y) => [x, y],
  (x, y, width) => [width - 1 - x, y],
  (x, y, width, height) => [width - 1 - x, height - 1 - y],
  (x, y, _, height) => [x, height - 1 - y],
  (x, y) => [y, x],
  (x, y, _, height) => [y, height - 1 - x],
  (x, y, width, height) => [width - 1 - y, height - 1 - x],
  (x, y, width) => [width - 1 - y, x],
];

/** @param orientation 1 to 8 */
export function seen({ width, height, data }: RgbImage, orientation: number): RgbImage {
  const place = storedPlaces[orientation - 1];
  if (place === undefined) throw new RangeError(`orientation ${orientation}`);
  const [seenWidth, seenHeight] = orientation > 4 ? [height, width] : [width, height];
  const pixels = new Uint8Array(data.length);
  for (let y = 0; y < seenHeight; y++) {
    for (let x = 0; x < seenWidth; x++) {
      const [storedX, storedY] = place(x, y, width, height);
      const at = (storedY * width + storedX) * 3;
      pixels.set(data.subarray(at, at + 3), (y * seenWidth + x) * 3);
    }
  }
  return { width: seenWidth, height: seenHeight, data: pixels };
}

async function* oriented(format: 'jpeg' | 'png' | 'webp' | 'tiff'): AsyncGenerator<Input> {
  for (const orientation of storedPlaces.keys()) {
    const bytes = await open(picture)
      .withMetadata({ orientation: orientation + 1 })
      .toFormat(
        format,
        format === 'webp' ? { lossless: true } : format === 'tiff' ? { compression: 'lzw' } : {},
      )
      .toBuffer();
    // What a JPEG holds is not quite the picture; sharp's own decoding leaves it as it is stored.
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    const stored = { width: info.width, height: info.height, data };
    yield classify(`orientation ${orientation + 1}`, bytes, seen(stored, orientation + 1));
  }
}

export const orientationKinds: readonly Kind[] = (['jpeg', 'png', 'webp', 'tiff'] as const).map((format) => ({
  name: `EXIF orientation in ${format}`,
  inputs: oriented(format),
  expect: classified,
}));
