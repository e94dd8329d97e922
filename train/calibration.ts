/** What a trained model's confidence is worth: measured on val, kept in the model file. */
import { quantile } from 'd3-array';
import type { Evaluation } from './evaluator.ts';

/** Share of val that is taken for one of the classes: what is above the threshold is not. */
const familiarShare = 0.95;

/** The energy that only 1 in 20 images of an evaluation exceeds. */
export function energyThreshold({ energies }: Pick<Evaluation, 'energies'>): number {
  return quantile(energies, familiarShare) ?? Number.POSITIVE_INFINITY;
}

/** Inverse temperatures looked at: from all but a coin toss to all but certainty. */
const inverseRange = [1 / 20, 20] as const;

/**
 * The temperature T under which softmax(z / T) has the smallest cross-entropy on labelled images (temperature scaling,
 * Guo et al. 2017, https://arxiv.org/abs/1706.04599), the mean over classes of the mean over their images: which classes
 * are frequent changes from one time to another, and a class that is easy and frequent on val must not speak for all.
 * With b = 1 / T an image contributes
 *
 *   L(b) = log sum_c exp(b z_c) - b z_label, dL/db = E_softmax(b z)[z] - z_label
 *
 * convex in b, so that the root of the sum is found by bisection. The accuracy stays, since the order of classes does.
 *
 * @param probabilities float32 `[N, classes]` at T = 1, whose logarithms are the logits but for a constant
 * @param labels the class of each image
 * @returns between 1 / 20 and 20: all labels right, or all wrong, would ask for 0, or for infinity
 */
export function fitTemperature(probabilities: Float32Array, labels: ArrayLike<number>): number {
  const classes = probabilities.length / labels.length;
  const logits = Float64Array.from(probabilities, (p) => Math.log(Math.max(p, smallest)));
  const counts = new Map<number, number>();
  for (const label of Array.from(labels)) counts.set(label, (counts.get(label) ?? 0) + 1);
  const labelled = Array.from(labels, (label) => ({ label, weight: 1 / (counts.get(label) ?? 1) }));
  let [low, high]: readonly [number, number] = inverseRange;
  for (let i = 0; i < 50; i += 1) {
    const middle = Math.sqrt(low * high);
    if (slope(logits, labelled, classes, middle) > 0) high = middle;
    else low = middle;
  }
  return 1 / Math.sqrt(low * high);
}

/** Of normal float32: a probability that has come to 0 was no larger. */
const smallest = 2 ** -126;

interface Labelled {
  readonly label: number;
  /** How much the image counts. */
  readonly weight: number;
}

/** The sum of dL/db. */
function slope(
  logits: Float64Array,
  labelled: readonly Labelled[],
  classes: number,
  inverse: number,
): number {
  let sum = 0;
  for (const [image, { label, weight }] of labelled.entries()) {
    const row = logits.subarray(image * classes, (image + 1) * classes);
    const largest = Math.max(...row);
    let total = 0;
    let weighted = 0;
    for (const z of row) {
      const power = Math.exp(inverse * (z - largest));
      total += power;
      weighted += power * z;
    }
    sum += weight * (weighted / total - (row[label] ?? 0));
  }
  return sum;
}
