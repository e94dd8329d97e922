/** The picture that hostile files are made of: its pixels are known, so its answer is too. */
import sharp, { type Sharp } from 'sharp';
import type { RgbImage } from '../../runtime/image.ts';

/** An image from a formula for its red, green and blue. */
export function draw(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): RgbImage {
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => colour(x, y)),
  );
  return { width, height, data: Uint8Array.from(rows.flat(2)) };
}

/** Wider than high and unlike each of its mirror images and rotations. */
export const picture: RgbImage = draw(24, 16, (x, y) => [x * 10, y * 15, (x * y * 7) % 256]);

/** The same in 16 shades of grey, which each depth from 4 bits on holds without loss. */
export const greyPicture: RgbImage = draw(24, 16, (x, y) => {
  const shade = ((x * 3 + y * 5) % 16) * 17;
  return [shade, shade, shade];
});

/** In two colours, as one bit holds them. */
export const blackAndWhite: RgbImage = draw(24, 16, (x, y) => {
  const shade = x * 2 > y * 3 ? 255 : 0;
  return [shade, shade, shade];
});

export function open({ data, width, height }: RgbImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** `picture` in each format. Those of AVIF, JPEG and GIF only nearly have its pixels. */
export const encoded = {
  jpeg: await open(picture).jpeg({ quality: 95 }).toBuffer(),
  png: await open(picture).png().toBuffer(),
  webp: await open(picture).webp({ lossless: true }).toBuffer(),
  gif: await open(picture).gif({ dither: 0 }).toBuffer(),
  tiff: await open(picture).tiff({ compression: 'lzw' }).toBuffer(),
  avif: await open(picture).avif({ effort: 0 }).toBuffer(),
} as const;
export type Format = keyof typeof encoded;

/** Larger ones, for damage: 96 x 64, with noise, so that much of the file is pixels. */
const noisy = draw(96, 64, (x, y) => {
  // A hash of the place, as good as noise for an encoder.
  const noise = Math.imul((x * 73_856_093) ^ (y * 19_349_663), 0x9e3779b1) >>> 24;
  return [(x * 2 + noise) & 255, (y * 3) & 255, noise];
});
export const large = {
  jpeg: await open(noisy).jpeg().toBuffer(),
  png: await open(noisy).png().toBuffer(),
  webp: await open(noisy).webp({ lossless: true }).toBuffer(),
  gif: await open(noisy).gif().toBuffer(),
  tiff: await open(noisy).tiff({ compression: 'lzw' }).toBuffer(),
} as const;
