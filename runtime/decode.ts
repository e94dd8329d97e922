import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { AreographError } from '../dsl/errors.ts';
import { firstLine } from './firstLine.ts';
import {
  damaged,
  defaultMaxPixels,
  maxSide,
  noImage,
  type RgbImage,
  startsAsImage,
  tooLarge,
} from './image.ts';
import { unreadable } from './unreadable.ts';

/** Changes with what decodes: pixels of another decoder may differ by a bit here and there. */
export const decoderVersion = JSON.stringify({ ...sharp.versions, module: 1 });

/**
 * Reads an image into 8-bit sRGB pixels. Training, server and command line all decode here, so that a model
 * sees the same pixels wherever it runs.
 *
 * EXIF orientation is applied, an embedded colour profile or CMYK is converted to sRGB, grey becomes three
 * equal channels, 16 bits become 8. Transparent parts come out black, which is also what the rover's own
 * products hold where there is no data. Of an animation the first frame counts.
 *
 * @param source a file name, or the bytes of an image file (JPEG, PNG, WebP, GIF, TIFF, AVIF)
 * @throws AreographError 'format' if it is no image of these formats, 'image' if there is no such file, or it is damaged
 *   or truncated, 'pixels' if it has more than `maxPixels`, or more than {@link maxSide} on a side
 */
export async function decodeImage(
  source: string | Uint8Array,
  maxPixels = defaultMaxPixels,
): Promise<RgbImage> {
  const where = typeof source === 'string' ? source : 'the image';
  const bytes = typeof source === 'string' ? await readImageFile(source) : source;
  if (bytes.length === 0) throw noImage(where, 'no bytes at all');
  // By the first bytes, before sharp sees them: it would parse an SVG to find out what it is.
  if (!startsAsImage(bytes)) throw noImage(where, 'bytes that start as none of them does');

  try {
    // 'error' refuses truncated files, but not files with a few stray bytes that every viewer shows.
    const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: maxPixels })
      .autoOrient()
      .flatten({ background: 'black' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { height, width, channels } = info;
    if (channels !== 3) throw damaged(where, `${channels} colour channels`);
    if (Math.max(height, width) > maxSide) throw tooLarge(where, `${width} x ${height}`, maxPixels);
    return { height, width, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  } catch (error) {
    if (error instanceof AreographError) throw error;
    throw refusal(where, maxPixels, error);
  }
}

async function readImageFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw damaged(file, unreadable(error), error, 'Correct the path.');
  }
}

/** What sharp's error means. */
function refusal(where: string, maxPixels: number, error: unknown): AreographError {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('pixel limit')) return tooLarge(where, 'more', maxPixels, error);
  // libvips puts each warning on a line of its own; the first says what is wrong.
  const reason = firstLine(error).replace(/:?\s*$/, '') || 'bytes that are no image';
  return damaged(where, reason, error);
}
