/** A heat map as pixels to lay over the image. */
import { type HeatMap, heatRamp } from '../../runtime/heatMap.ts';
import type { RgbaImage } from './rgba.ts';

/** The longest side, in pixels: a map has a few places, so more would not be seen. */
const longest = 512;

/**
 * Of the image's proportions, as the server draws it (`runtime/heatMapPng.ts`): enlarged bilinearly to the image's size, or
 * to 512 pixels on the longest side where the image is larger.
 *
 * @param image size in pixels
 */
export function heatMapPixels(
  { height, width, values }: HeatMap,
  image: { readonly height: number; readonly width: number },
): RgbaImage {
  const scale = Math.min(1, longest / Math.max(image.height, image.width));
  const [rows, columns] = [image.height, image.width].map((side) => Math.max(1, Math.round(scale * side)));
  if (rows === undefined || columns === undefined) throw new Error('an image has two sides');
  const levels = values.map((value) => Math.round(255 * value));
  const data = new Uint8ClampedArray(rows * columns * 4);
  const across = neighbours(width, columns);
  for (const [y, vertical] of neighbours(height, rows).entries()) {
    for (const [x, horizontal] of across.entries()) {
      const along = (row: number) => {
        const [left, right] = [levels[row * width + horizontal.low], levels[row * width + horizontal.high]];
        return mix(left ?? 0, right ?? 0, horizontal.share);
      };
      const level = mix(along(vertical.low), along(vertical.high), vertical.share);
      data.set(heatRamp[Math.round(level)] ?? [], (y * columns + x) * 4);
    }
  }
  return { height: rows, width: columns, data };
}

/** Between which places of the map a pixel's centre lies, and how far towards the second; beyond the edges it is their value. */
interface Neighbours {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

function neighbours(places: number, pixels: number): Neighbours[] {
  return Array.from({ length: pixels }, (_, pixel) => {
    const position = Math.min(Math.max(((pixel + 0.5) * places) / pixels - 0.5, 0), places - 1);
    const low = Math.floor(position);
    return { low, high: Math.min(low + 1, places - 1), share: position - low };
  });
}

function mix(a: number, b: number, share: number): number {
  return a + share * (b - a);
}
