/** Images of a network's size, in memory. */
import type { Pixels } from '../../train/data/pixels.ts';

export interface LabelledPixels {
  readonly label: number;
  /** uint8 `[H, W, 3]` */
  readonly data: Uint8Array;
}

/** @param imageBytes of each image */
export function memoryPixels(images: readonly LabelledPixels[], imageBytes: number): Pixels {
  return {
    count: images.length,
    imageBytes,
    labels: Int32Array.from(images, ({ label }) => label),
    read(indices, out) {
      for (const [place, index] of Array.from(indices).entries()) {
        const image = images[index];
        if (image !== undefined) out.set(image.data, place * imageBytes);
      }
    },
  };
}
