/** Images as a browser decodes them, in the form that models take. */
import { AreographError } from '../../dsl/errors.ts';
import {
  damaged,
  defaultMaxPixels,
  maxSide,
  noImage,
  type RgbImage,
  startsAsImage,
  tooLarge,
} from '../../runtime/image.ts';

/**
 * Decodes an image file into 8-bit sRGB pixels, as `runtime/decode.ts` does for the server: EXIF orientation applied, colour
 * profiles converted, transparent parts black. A browser's JPEG decoder may differ from the server's by a few levels,
 * and Chromium leaves the orientation of a WebP aside.
 *
 * @throws AreographError 'format' if it is no image, 'image' if it is damaged, or of a format that this browser does not
 *   show, 'pixels' if it is too large
 */
export async function decodeImage(file: Blob, where: string): Promise<RgbImage> {
  if (file.size === 0) throw noImage(where, 'no bytes at all');
  const start = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  if (!startsAsImage(start)) throw noImage(where, 'bytes that start as none of them does');
  // Turned by its EXIF orientation: so it is by default, and browsers that do not know the option's name for it refuse it.
  const bitmap = await createImageBitmap(file).catch((error: unknown) => {
    throw unshown(start, where, error);
  });
  try {
    const { width, height } = bitmap;
    if (width * height > defaultMaxPixels || Math.max(width, height) > maxSide) {
      throw tooLarge(where, `${width} x ${height}`, defaultMaxPixels);
    }
    return readPixels(bitmap, width, height);
  } finally {
    bitmap.close();
  }
}

/** Formats that some browsers do not show, by their first bytes. */
const rareFormats: readonly { readonly name: string; readonly start: RegExp }[] = [
  { name: 'a TIFF image', start: /^(II|MM)/ },
  { name: 'an AVIF or HEIF image', start: /^....ftyp/s },
];

/** What starts as an image, and is none that this browser shows. */
function unshown(start: Uint8Array, where: string, cause: unknown): AreographError {
  const text = String.fromCharCode(...start);
  const found = rareFormats.find((format) => format.start.test(text))?.name;
  if (found === undefined) return damaged(where, 'one that is damaged, or far too large', cause);
  return new AreographError(
    {
      code: 'image',
      where,
      expected: 'an image that this browser shows',
      found: `${found}, which it does not, or a damaged one`,
      next: 'Save it as JPEG or PNG in an image viewer, and give that.',
    },
    { cause },
  );
}

/** Pixels that are read at once: iOS draws nothing on a canvas of more than 2^24, and its photographs have up to 24 million. */
const bandPixels = 2 ** 22;

/** The pixels of what can be drawn, over black: band by band, so that the canvas stays small. */
export function readPixels(source: CanvasImageSource, width: number, height: number): RgbImage {
  const rows = Math.min(height, Math.max(1, Math.floor(bandPixels / width)));
  // Read back at once: software is faster for that.
  const context = new OffscreenCanvas(width, rows).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser draws nothing on a canvas');
  context.fillStyle = 'black';
  const data = new Uint8Array(width * height * 3);
  for (let top = 0; top < height; top += rows) {
    context.fillRect(0, 0, width, rows);
    context.drawImage(source, 0, -top, width, height);
    const rgba = context.getImageData(0, 0, width, Math.min(rows, height - top)).data;
    for (let i = 0, j = top * width * 3; i < rgba.length; i += 4, j += 3) {
      data[j] = rgba[i] ?? 0;
      data[j + 1] = rgba[i + 1] ?? 0;
      data[j + 2] = rgba[i + 2] ?? 0;
    }
  }
  return { width, height, data };
}
