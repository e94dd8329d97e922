import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { AreographError } from '../dsl/errors.ts';
import { unreadable } from './unreadable.ts';

/** An image as every model takes it: 8-bit sRGB, row-major, `[height, width, 3]`. */
export interface RgbImage {
  readonly height: number;
  readonly width: number;
  /** `height * width * 3` bytes, red first. */
  readonly data: Uint8Array;
}

/** The largest image that is decoded by default, in pixels: a model's first operators take about 16 bytes for each. */
export const defaultMaxPixels = 25_000_000;

/** The longest side of an image, in pixels: resizing takes memory in proportion to it, whatever the other side. */
export const maxSide = 32_768;

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

/** Whether an error is about one image, so that others can still be read. */
export function isImageError(error: unknown): error is AreographError {
  return error instanceof AreographError && ['format', 'image', 'pixels'].includes(error.code);
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
  const reason = message.split('\n')[0]?.replace(/:?\s*$/, '') || 'bytes that are no image';
  return damaged(where, reason, error);
}

/** Whether bytes start as the formats do that are taken: an image that is cut off in its header is still one. */
export function startsAsImage(bytes: Uint8Array): boolean {
  return signatures.test(Buffer.from(bytes.subarray(0, 12)).toString('hex'));
}

/**
 * First bytes of the formats that are taken, in hexadecimal. Formats of pixels only: SVG and PDF, which sharp also opens,
 * are programs that draw, and a server should not run what strangers send it.
 *
 * JPEG, PNG, GIF, TIFF and BigTIFF of either byte order, WebP, and the AVIF and HEIF brands.
 */
const signatures =
  /^(ffd8ff|89504e47|47494638|49492[ab]00|4d4d002[ab]|52494646.{8}57454250|.{8}66747970(6176|6865|6d69|6d73))/;

const formats = 'JPEG, PNG, WebP, GIF, TIFF or AVIF image';

function noImage(where: string, found: string, cause?: unknown): AreographError {
  const next = 'Convert it to one of these formats, or take another file.';
  return new AreographError({ code: 'format', where, expected: `a ${formats}`, found, next }, { cause });
}

function damaged(
  where: string,
  found: string,
  cause?: unknown,
  next = 'Open it in an image viewer to see whether it is damaged, or take another file.',
): AreographError {
  return new AreographError(
    { code: 'image', where, expected: `a complete ${formats}`, found, next },
    { cause },
  );
}

function tooLarge(where: string, found: string, maxPixels: number, cause?: unknown): AreographError {
  return new AreographError(
    {
      code: 'pixels',
      where,
      expected: `at most ${maxPixels} pixels, and ${maxSide} on a side`,
      found,
      next: 'Make it smaller: the network looks at a few thousand pixels only.',
    },
    { cause },
  );
}
