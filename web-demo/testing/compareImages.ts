/** For tests and benches: how far two decoders are apart. */
import type { RgbImage } from '../../runtime/image.ts';

export interface ImageDifference {
  /** Of the values of all channels, in levels from 0 to 255. */
  readonly largest: number;
  readonly mean: number;
  /** The share of the pixels with a difference in any channel. */
  readonly differing: number;
}

/** @throws Error if they are of different sizes */
export function compareImages(a: RgbImage, b: RgbImage): ImageDifference {
  if (a.width !== b.width || a.height !== b.height) {
    throw new Error(`${a.width} x ${a.height} beside ${b.width} x ${b.height}`);
  }
  let largest = 0;
  let sum = 0;
  let differing = 0;
  for (let pixel = 0; pixel < a.data.length; pixel += 3) {
    let differs = 0;
    for (let at = pixel; at < pixel + 3; at += 1) {
      const difference = Math.abs((a.data[at] ?? 0) - (b.data[at] ?? 0));
      sum += difference;
      differs = Math.max(differs, difference);
    }
    largest = Math.max(largest, differs);
    differing += differs > 0 ? 1 : 0;
  }
  return { largest, mean: sum / a.data.length, differing: differing / (a.width * a.height) };
}
