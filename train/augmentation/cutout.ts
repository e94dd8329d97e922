/** Cutout: hides a square, so that no single detail decides the class (DeVries and Taylor, https://arxiv.org/abs/1708.04552). */
import type { Size } from './affine.ts';

export interface Square {
  /** Centre, in widths and heights of the image. */
  readonly x: number;
  readonly y: number;
  /** In shorter edges of the image. */
  readonly edge: number;
}

/** The grey that is nearest to 0 once it is normalised (export/preprocess.ts). */
export const CUTOUT_GREY = 128;

/** Paints the part of the square that lies in the image, `[H, W, 3]`; the paper's squares overlap edges too. */
export function cutOut(pixels: Uint8ClampedArray, { height, width }: Size, { x, y, edge }: Square): void {
  const length = Math.round(edge * Math.min(height, width));
  const left = Math.floor(x * width) - Math.floor(length / 2);
  const top = Math.floor(y * height) - Math.floor(length / 2);
  const right = Math.min(left + length, width);
  for (let row = Math.max(top, 0); row < Math.min(top + length, height); row += 1) {
    pixels.fill(CUTOUT_GREY, (row * width + Math.max(left, 0)) * 3, (row * width + right) * 3);
  }
}
