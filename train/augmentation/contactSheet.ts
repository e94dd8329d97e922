/** Images side by side in one, to be looked at. */
import sharp from 'sharp';
import type { Size } from './affine.ts';

/** Pixels between the images, and around them. */
const gap = 4;
/** Dark grey: at the edge, images are black or white more often. */
const darkGrey = { r: 64, g: 64, b: 64, alpha: 1 };

/**
 * Rows of images from left to right.
 *
 * @param images uint8 `[H, W, 3]` each
 * @param between what is between them
 * @returns a PNG file
 */
export function contactSheet(
  images: readonly Uint8Array[],
  size: Size,
  columns: number,
  between = darkGrey,
): Promise<Buffer> {
  return sharp({ create: { ...sheetSize(images.length, size, columns), channels: 4, background: between } })
    .composite(
      images.map((image, i) => ({
        input: Buffer.from(image),
        raw: { ...size, channels: 3 },
        left: place(i % columns, size.width),
        top: place(Math.floor(i / columns), size.height),
      })),
    )
    .png()
    .toBuffer();
}

/** Of the sheet of so many images. */
export function sheetSize(images: number, { height, width }: Size, columns: number): Size {
  return { width: place(columns, width), height: place(Math.ceil(images / columns), height) };
}

function place(index: number, edge: number): number {
  return gap + index * (edge + gap);
}
