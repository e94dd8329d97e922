/**
 * Data augmentation of a batch on the host, which is faster than in the graph: 32 images of 128x128 take 18 to 20 ms
 * on one core of an Intel Xeon (`npm run bench:augmentation`). As operators (GridSample, a product with the colour
 * matrix, Where for the cutout), which was tried once, it was slower: nearly all of it was GridSample's CPU kernel, which
 * gained nothing from threads.
 */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { inverseMap, isIdentity, type Size, warp, windowed } from './affine.ts';
import { changeColours } from './colour.ts';
import { cutOut } from './cutout.ts';
import { drawAugmentation } from './parameters.ts';
import type { AugmentationSettings } from './schema.ts';

/**
 * Copies of the images of one step, each augmented, one after the other.
 *
 * @param images uint8 `[N, H, W, 3]`
 * @param size H and W
 * @param random the step's own stream, so that the result depends on seed, epoch and step alone
 * @param crop h and w, at most H and W: what is cut out of each augmented image, at random; default: all of it
 * @returns uint8 `[N, h, w, 3]`
 */
export function augmented(
  images: Uint8Array,
  size: Size,
  settings: AugmentationSettings,
  random: RandomGenerator,
  crop: Size = size,
): Uint8Array {
  const imageBytes = size.height * size.width * 3;
  const cropBytes = crop.height * crop.width * 3;
  const count = images.length / imageBytes;
  const result = new Uint8Array(count * cropBytes);
  for (let i = 0; i < count; i += 1) {
    // What is stored through this view is rounded and clamped to 0..255.
    const source = new Uint8ClampedArray(images.buffer, images.byteOffset + i * imageBytes, imageBytes);
    const target = new Uint8ClampedArray(result.buffer, i * cropBytes, cropBytes);
    const { geometry, window, colour, cutout } = drawAugmentation(settings, random);
    const left = Math.floor(window.left * (size.width - crop.width + 1));
    const top = Math.floor(window.top * (size.height - crop.height + 1));
    const map = windowed(inverseMap(geometry, size), left, top);
    if (isIdentity(map) && cropBytes === imageBytes) target.set(source);
    else warp(source, target, size, map, crop);
    changeColours(target, colour);
    cutOut(target, crop, cutout);
  }
  return result;
}
