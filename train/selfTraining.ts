/**
 * Self-training: images without labels are trained on under the labels that the network itself is sure of
 * (Lee 2013, Pseudo-Label, ICML workshop on challenges in representation learning), given anew after each epoch.
 */
import { z } from 'zod';
import type { Pixels } from './data/pixels.ts';

export const selfTrainingSchema = z.strictObject({
  /** Whole epochs on labelled images before the first pseudo-labels; 0 switches self-training off. */
  after: z.int().min(0).default(0),
  /** How probable a class has to be for an image to count as one of it. */
  confidence: z.number().min(0).max(1).default(0.7),
});

/** For an image that the network is not sure of. */
export const unlabelled = -1;

/**
 * The most probable class of each image, if it is probable enough, else {@link unlabelled}.
 *
 * @param probabilities float32 `[count, classes]`
 */
export function pseudoLabels(probabilities: Float32Array, classes: number, confidence: number): number[] {
  return Array.from({ length: probabilities.length / classes }, (_, image) => {
    const row = probabilities.subarray(image * classes, (image + 1) * classes);
    const largest = Math.max(...row);
    return largest >= confidence ? row.indexOf(largest) : unlabelled;
  });
}

/** Labelled images and, after them, others under labels of one's own. */
export function joined(labelled: Pixels, others: Pixels, labels: readonly number[]): Pixels {
  const { count, imageBytes } = labelled;
  return {
    count: count + others.count,
    imageBytes,
    labels: Int32Array.of(...labelled.labels, ...labels),
    read(indices, out) {
      for (let i = 0; i < indices.length; i += 1) {
        const index = indices[i] ?? 0;
        const image = out.subarray(i * imageBytes, (i + 1) * imageBytes);
        if (index < count) labelled.read([index], image);
        else others.read([index - count], image);
      }
    },
  };
}
