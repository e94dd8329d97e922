/** Pseudo-labels, and what is trained on with them. */
import { expect, it } from 'vitest';
import type { Pixels } from './data/pixels.ts';
import { joined, pseudoLabels } from './selfTraining.ts';

it('labels an image only by a class that is probable enough', () => {
  const probabilities = Float32Array.of(0.7, 0.2, 0.1, 0.1, 0.25, 0.65, 0.4, 0.35, 0.25);
  expect(pseudoLabels(probabilities, 3, 0.66)).toEqual([0, -1, -1]);
  expect(pseudoLabels(probabilities, 3, 0.6)).toEqual([0, 2, -1]);
  expect(pseudoLabels(probabilities, 3, 0)).toEqual([0, 2, 0]);
});

/** Each image is its own number and then zeros. */
function numbered(first: number, labels: readonly number[]): Pixels {
  return {
    count: labels.length,
    imageBytes: 3,
    labels: Int32Array.from(labels),
    read(indices, out) {
      for (let i = 0; i < indices.length; i += 1) out.set([first + (indices[i] ?? 0), 0, 0], i * 3);
    },
  };
}

it('puts the others after the labelled images, under the labels given', () => {
  const all = joined(numbered(10, [5, 6]), numbered(20, [7, 8, 9]), [1, -1, 3]);
  expect(all).toMatchObject({ count: 5, imageBytes: 3 });
  expect([...all.labels]).toEqual([5, 6, 1, -1, 3]);
  const out = new Uint8Array(12);
  all.read([4, 0, 2, 1], out);
  expect([...out]).toEqual([22, 0, 0, 10, 0, 0, 20, 0, 0, 11, 0, 0]);
});
