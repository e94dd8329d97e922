/** Weights of classes from how many training images each has. */

/**
 * N / (C n), as scikit-learn's class_weight='balanced': n is the number of images of a class, N of all, C the number
 * of classes, so that every class counts the same. A class without images weighs as if it had one.
 *
 * @param labels of the training images
 */
export function balancedWeights(labels: readonly number[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts.map((count) => labels.length / (classes * Math.max(count, 1)));
}
