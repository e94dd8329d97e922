/** Where a network looks, as shares and as a picture to lay over the image. */
import { interpolateInferno } from 'd3-scale-chromatic';
import sharp from 'sharp';

export interface HeatMap {
  readonly height: number;
  readonly width: number;
  /** `height * width`, row by row: shares of the largest, 0 to 1; all 0 where none is over 0. */
  readonly values: readonly number[];
}

/** @param values `[height, width]`, 0 or more: a map of explainGraph. @throws Error unless they are as many */
export function heatMap(values: Float32Array, height: number, width: number): HeatMap {
  if (values.length !== height * width) throw new Error(`${values.length} numbers for ${height} x ${width}`);
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  return { height, width, values: Array.from(values, (value) => (largest > 0 ? value / largest : 0)) };
}

/** The longest side of a picture, in pixels: a map has a few places, so more would only be more bytes. */
const longest = 512;

/** How much of the image the largest value hides. */
const densest = 0.75;

/** RGBA of each level from 0 to 255: matplotlib's inferno, which is perceptually uniform, the more opaque the higher. */
const ramp = Array.from({ length: 256 }, (_, level) => {
  const colour = Number.parseInt(interpolateInferno(level / 255).slice(1), 16);
  return [colour >> 16, (colour >> 8) & 255, colour & 255, Math.round(densest * level)];
});

/**
 * An RGBA PNG of the image's proportions: the map enlarged bilinearly to the image's size, or to 512 pixels on the longest
 * side where the image is larger.
 *
 * @param size of the image, in pixels
 */
export async function heatMapPng(
  { height, width, values }: HeatMap,
  size: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const scale = Math.min(1, longest / Math.max(size.width, size.height));
  const side = (pixels: number) => Math.max(1, Math.round(scale * pixels));
  const levels = Uint8Array.from(values, (value) => Math.round(255 * value));
  const { data, info } = await sharp(levels, { raw: { width, height, channels: 1 } })
    .resize(side(size.width), side(size.height), { fit: 'fill', kernel: 'linear' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(4 * data.length);
  for (const [i, level] of data.entries()) pixels.set(ramp[level] ?? [], 4 * i);
  return sharp(pixels, { raw: { width: info.width, height: info.height, channels: 4 } })
    .png()
    .toBuffer();
}
