/** An image as models take it, and what is wrong with one that none can take: the same for the server and a browser. */
import { AreographError } from '../dsl/errors.ts';

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

/** Whether an error is about one image, so that others can still be read. */
export function isImageError(error: unknown): error is AreographError {
  return error instanceof AreographError && ['format', 'image', 'pixels'].includes(error.code);
}

/** Whether bytes start as the formats do that are taken: an image that is cut off in its header is still one. */
export function startsAsImage(bytes: Uint8Array): boolean {
  const hex = Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0'));
  return signatures.test(hex.join(''));
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

/** What is no image at all. */
export function noImage(where: string, found: string, cause?: unknown): AreographError {
  const next = 'Convert it to one of these formats, or take another file.';
  return new AreographError({ code: 'format', where, expected: `a ${formats}`, found, next }, { cause });
}

/** What starts as an image, and is none that can be shown. */
export function damaged(
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

export function tooLarge(where: string, found: string, maxPixels: number, cause?: unknown): AreographError {
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
