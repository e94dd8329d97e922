/** A heat map as a picture to lay over the image. */
import sharp from 'sharp';
import { type HeatMap, heatRamp } from './heatMap.ts';

/** The longest side of a picture, in pixels: a map has a few places, so more would only be more bytes. */
const longest = 512;

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
  for (const [i, level] of data.entries()) pixels.set(heatRamp[level] ?? [], 4 * i);
  return sharp(pixels, { raw: { width: info.width, height: info.height, channels: 4 } })
    .png()
    .toBuffer();
}
