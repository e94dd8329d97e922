/** How far confidence can be taken at its word. */
import { sum } from 'd3-array';

/** Bins of equal width over confidence, as many as in Guo et al. 2017, https://arxiv.org/abs/1706.04599. */
const binCount = 15;

/** Images whose confidence, the largest probability, is over i / 15 and up to (i + 1) / 15. */
export interface ReliabilityBin {
  readonly images: number;
  /** Mean confidence; null without images. */
  readonly confidence: number | null;
  /** Share of the images that are called what they are; null without images. */
  readonly accuracy: number | null;
}

export interface Calibration {
  /** What the logits were divided by. */
  readonly temperature: number;
  /** Mean negative log-likelihood in nats; a probability counts as at least 1e-12. */
  readonly nll: number;
  /** Brier score, 0 to 2: mean over images of the sum over classes of (p - [it is the label])^2. */
  readonly brier: number;
  /** Expected calibration error: sum over bins of n_b / n |accuracy_b - confidence_b|. */
  readonly ece: number;
  readonly bins: readonly ReliabilityBin[];
}

/**
 * @param probabilities for each image `[classes]`, adding up to 1
 * @param labels of the images, in the same order
 * @param temperature that the probabilities were made with
 */
export function calibrationOf(
  probabilities: readonly Float32Array[],
  labels: readonly number[],
  temperature: number,
): Calibration {
  const images = probabilities.length;
  const bins = Array.from({ length: binCount }, () => ({ images: 0, confidence: 0, right: 0 }));
  let [nll, brier] = [0, 0];
  for (const [image, row] of probabilities.entries()) {
    const label = labels[image] ?? -1;
    nll -= Math.log(Math.max(row[label] ?? 0, 1e-12));
    brier += row.reduce((total, p, index) => total + (p - (index === label ? 1 : 0)) ** 2, 0);
    const { prediction, confidence } = mostProbable(row);
    const bin = bins[Math.min(Math.max(Math.ceil(confidence * binCount) - 1, 0), binCount - 1)];
    if (bin === undefined) throw new RangeError(`expected a confidence, 0 to 1, found ${confidence}`);
    bin.images += 1;
    bin.confidence += confidence;
    bin.right += prediction === label ? 1 : 0;
  }
  return {
    temperature,
    nll: nll / images,
    brier: brier / images,
    ece: sum(bins, ({ confidence, right }) => Math.abs(right - confidence)) / images,
    bins: bins.map(({ images: count, confidence, right }) => ({
      images: count,
      confidence: count === 0 ? null : confidence / count,
      accuracy: count === 0 ? null : right / count,
    })),
  };
}

/** The class with the largest probability, of equal ones the first, and that probability. */
export function mostProbable(row: Float32Array): {
  readonly prediction: number;
  readonly confidence: number;
} {
  const confidence = Math.max(...row);
  return { prediction: row.indexOf(confidence), confidence };
}

/** Of a float32 that is not 0 and not denormal: what is less has lost its digits. */
const leastProbability = 2 ** -126;

/**
 * The probabilities as they would be without temperature. They are p = softmax(z / T), so log p T is z up to a
 * constant, which softmax does not see.
 *
 * @param temperature T
 */
export function withoutTemperature(row: Float32Array, temperature: number): Float32Array {
  const logits = Array.from(row, (p) => Math.log(Math.max(p, leastProbability)) * temperature);
  const largest = Math.max(...logits);
  const powers = logits.map((z) => Math.exp(z - largest));
  const total = sum(powers);
  return Float32Array.from(powers, (power) => power / total);
}
