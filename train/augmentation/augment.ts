/**
 * Data augmentation of a batch on the host, which is faster than in the graph: 32 images of 128x128 take 18 to 20 ms
 * on one core of an Intel Xeon (`npm run bench:augmentation`). As operators (GridSample, a product with the colour
 * matrix, Where for the cutout), which was tried once, it was slower: nearly all of it was GridSample's CPU kernel, which
 * gained nothing from threads.
 */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { inverseMap, isIdentity, type Size, warp } from './affine.ts';
import { changeColours } from './colour.ts';
import { cutOut } from './cutout.ts';
import { drawAugmentation } from './parameters.ts';
import type { AugmentationSettings } from './schema.ts';

/**
 * Augments the images of one step in place, one after the other.
 *
 * @param images uint8 `[N, H, W, 3]`
 * @param random the step's own stream, so that the result depends on seed, epoch and step alone
 */
export function augment(
  images: Uint8Array,
  size: Size,
  settings: AugmentationSettings,
  random: RandomGenerator,
): void {
  const imageBytes = size.height * size.width * 3;
  const original = new Uint8ClampedArray(imageBytes);
  // What is stored through this view is rounded and clamped to 0..255.
  const pixels = new Uint8ClampedArray(images.buffer, images.byteOffset, images.length);
  for (let start = 0; start < pixels.length; start += imageBytes) {
    const image = pixels.subarray(start, start + imageBytes);
    const { geometry, colour, cutout } = drawAugmentation(settings, random);
    const map = inverseMap(geometry, size);
    if (!isIdentity(map)) {
      original.set(image);
      warp(original, image, size, map);
    }
    changeColours(image, colour);
    cutOut(image, size, cutout);
  }
}
