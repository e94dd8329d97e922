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

/** The largest image that is decoded, in pixels: a model's first operators take about 16 bytes for each. */
export const MAX_PIXELS = 25_000_000;

/** Changes with what decodes: pixels of another decoder may differ by a bit here and there. */
export const decoderVersion = JSON.stringify({ ...sharp.versions, module: 1 });

// Formats of pixels only. SVG and PDF, which sharp also opens, are programs that draw: a server should not
// run what strangers send it.
const FORMATS = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif', 'avif']);

/**
 * Reads an image into 8-bit sRGB pixels. Training, server and command line all decode here, so that a model
 * sees the same pixels wherever it runs.
 *
 * EXIF orientation is applied, an embedded colour profile or CMYK is converted to sRGB, grey becomes three
 * equal channels, 16 bits become 8. Transparent parts come out black, which is also what the rover's own
 * products hold where there is no data. Of an animation the first frame counts.
 *
 * @param source a file name, or the bytes of an image file (JPEG, PNG, WebP, GIF, TIFF, AVIF)
 * @throws AreographError `image` if there is no such file, or it is no image, truncated, or has more than
 *   {@link MAX_PIXELS} pixels
 */
export async function decodeImage(source: string | Uint8Array): Promise<RgbImage> {
  const where = typeof source === 'string' ? source : 'the image';
  const bytes = typeof source === 'string' ? await readImageFile(source) : source;
  if (bytes.length === 0) throw notReadable(where, 'no bytes at all');

  try {
    // 'error' refuses truncated files, but not files with a few stray bytes that every viewer shows.
    const image = sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS });
    const { format } = await image.metadata();
    if (!FORMATS.has(format)) throw notReadable(where, `the format '${format}'`);

    const { data, info } = await image
      .autoOrient()
      .flatten({ background: 'black' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw notReadable(where, `${info.channels} colour channels`);
    return {
      height: info.height,
      width: info.width,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (error) {
    if (error instanceof AreographError) throw error;
    throw notReadable(where, reasonOf(error), error);
  }
}

async function readImageFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw notReadable(file, unreadable(error), error, 'Correct the path.');
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes('pixel limit')) return `more than ${MAX_PIXELS} pixels`;
  // libvips puts each warning on a line of its own; the first says what is wrong.
  return message.split('\n')[0]?.trim() || 'bytes that are no image';
}

function notReadable(
  where: string,
  found: string,
  cause?: unknown,
  next = 'Open it in an image viewer to see whether it is damaged, or take another file.',
): AreographError {
  return new AreographError(
    {
      code: 'image',
      where,
      expected: 'a complete JPEG, PNG, WebP, GIF, TIFF or AVIF image',
      found,
      next,
    },
    { cause },
  );
}
