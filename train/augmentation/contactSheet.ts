/** Images side by side in one, to be looked at. */
import sharp from 'sharp';
import type { Size } from './affine.ts';

/** Dark grey between the images, which are black or white at the edge more often. */
const gap = { pixels: 4, colour: { r: 64, g: 64, b: 64 } } as const;

/**
 * Rows of images from left to right.
 *
 * @param images uint8 `[H, W, 3]` each
 * @returns a PNG file
 */
export function contactSheet(images: readonly Uint8Array[], size: Size, columns: number): Promise<Buffer> {
  const place = (index: number, edge: number) => gap.pixels + index * (edge + gap.pixels);
  const rows = Math.ceil(images.length / columns);
  return sharp({
    create: {
      width: place(columns, size.width),
      height: place(rows, size.height),
      channels: 3,
      background: gap.colour,
    },
  })
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
