/** Pictures that show none of the classes, drawn by a seeded program. */
import type { RgbImage } from '../../runtime/image.ts';
import type { Size } from '../augmentation/affine.ts';
import { Random } from '../data/random.ts';

/** Red, green and blue, 0 to 255; what is beyond is cut off. */
export type Colour = readonly [number, number, number];

/** Begins a picture: gives the colour of each place, across and down from 0 to 1. */
export type Drawing = (random: Random) => (u: number, v: number) => Colour;

/**
 * So many pictures of each drawing, at the size that the network takes: resizing would smooth noise away.
 *
 * @returns one drawing after the other; the same for the same seed, on any machine
 */
export function drawAll(
  drawings: readonly Drawing[],
  each: number,
  { height, width }: Size,
  seed: number,
): RgbImage[] {
  const random = new Random(seed);
  return drawings.flatMap((drawing) =>
    Array.from({ length: each }, () => {
      const colourAt = drawing(random);
      const data = new Uint8ClampedArray(height * width * 3);
      for (let pixel = 0; pixel < height * width; pixel += 1) {
        const [column, row] = [pixel % width, Math.floor(pixel / width)];
        data.set(colourAt((column + 0.5) / width, (row + 0.5) / height), pixel * 3);
      }
      return { height, width, data: new Uint8Array(data.buffer) };
    }),
  );
}
