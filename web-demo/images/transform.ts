/** An image moved, turned, blurred and partly covered: what a network should, or should not, mind. */
import type { RgbImage } from '../../runtime/image.ts';
import { inverseMap, isIdentity, type Size, warp } from '../../train/augmentation/affine.ts';
import { cutOut } from '../../train/augmentation/cutout.ts';
import { blur } from './blur.ts';

/** Applied in this order. At 0 each leaves the image as it is, but for the place of the square. */
export interface Transformation {
  /** Degrees, clockwise, around the centre. */
  readonly rotation: number;
  /** To the right, % of the width; in whole pixels, since half a pixel would blur. */
  readonly shiftX: number;
  /** Down, % of the height. */
  readonly shiftY: number;
  /** Standard deviation of a Gaussian, % of the longer side. */
  readonly blur: number;
  /** Side of a grey square that covers a part, % of the longer side: 100 in the middle covers all. */
  readonly cover: number;
  /** The square's centre, % of the width. */
  readonly coverX: number;
  /** The square's centre, % of the height. */
  readonly coverY: number;
}

export const atRest: Transformation = {
  rotation: 0,
  shiftX: 0,
  shiftY: 0,
  blur: 0,
  cover: 0,
  coverX: 50,
  coverY: 50,
};

/**
 * The transformed image, of the same size, in memory of its own. What comes in from outside is the image mirrored at its
 * edge, as when it is augmented for training: black would be an edge of its own.
 */
export function transform({ height, width, data }: RgbImage, transformation: Transformation): RgbImage {
  const size = { height, width };
  const longer = Math.max(height, width);
  const pixels = moved(new Uint8ClampedArray(data), size, transformation);
  blur(pixels, size, (transformation.blur / 100) * longer);
  cutOut(pixels, size, {
    x: transformation.coverX / 100,
    y: transformation.coverY / 100,
    edge: ((transformation.cover / 100) * longer) / Math.min(height, width),
  });
  return { height, width, data: new Uint8Array(pixels.buffer) };
}

function moved(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  size: Size,
  { rotation, shiftX, shiftY }: Transformation,
): Uint8ClampedArray<ArrayBuffer> {
  const map = inverseMap(
    {
      flipX: false,
      flipY: false,
      rotation: (rotation / 180) * Math.PI,
      scale: 1,
      aspect: 1,
      right: Math.round((shiftX / 100) * size.width) / size.width,
      down: Math.round((shiftY / 100) * size.height) / size.height,
    },
    size,
  );
  if (isIdentity(map)) return pixels;
  const target = new Uint8ClampedArray(pixels.length);
  warp(pixels, target, size, map);
  return target;
}
