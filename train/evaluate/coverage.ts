/** Accuracy where a model answers only if it is confident (El-Yaniv and Wiener 2010, JMLR 11, 1605-1641). */

/** What a model would do that answers from this confidence on. */
export interface CoveragePoint {
  readonly confidence: number;
  /** Share of the images that it answers. */
  readonly coverage: number;
  /** Of these, the share that is right. */
  readonly accuracy: number;
}

/**
 * A point for each confidence that an image has, the highest first; so the last answers all.
 *
 * @param right whether each image is called what it is, in the order of the confidences
 */
export function coverageCurve(confidences: readonly number[], right: readonly boolean[]): CoveragePoint[] {
  const order = [...confidences.keys()].sort((a, b) => (confidences[b] ?? 0) - (confidences[a] ?? 0));
  const points: CoveragePoint[] = [];
  let correct = 0;
  for (const [rank, image] of order.entries()) {
    correct += right[image] ? 1 : 0;
    const confidence = confidences[image] ?? 0;
    const next = order[rank + 1];
    // Images of one confidence are answered together.
    if (next !== undefined && confidences[next] === confidence) continue;
    points.push({ confidence, coverage: (rank + 1) / order.length, accuracy: correct / (rank + 1) });
  }
  return points;
}

/** Of a curve, the last point of each percent of coverage: what a drawing can show. */
export function thinned(curve: readonly CoveragePoint[]): CoveragePoint[] {
  const percent = (point: CoveragePoint | undefined) => Math.ceil(100 * (point?.coverage ?? 2));
  return curve.filter((point, index) => percent(point) !== percent(curve[index + 1]));
}

/** What a model does that answers from a confidence on; null if it answers no image. */
export function atConfidence(
  curve: readonly CoveragePoint[],
  least: number,
): Pick<CoveragePoint, 'coverage' | 'accuracy'> | null {
  const point = curve.findLast(({ confidence }) => confidence >= least);
  return point === undefined ? null : { coverage: point.coverage, accuracy: point.accuracy };
}
