/** Softmax cross-entropy and its variants, with the gradient and the count of correct answers. */
import { z } from 'zod';
import type { Value } from './graph.ts';
import { type Mixing, mix } from './mixup.ts';

export const weightList = z.array(z.number().positive()).min(2);

export const lossSchema = z.strictObject({
  /** Share of each label that is spread evenly over all classes (https://arxiv.org/abs/1512.00567). */
  labelSmoothing: z.number().min(0).lt(1).default(0),
  /** Weighs what is still wrong more: (1 - p)^gamma times the cross-entropy (https://arxiv.org/abs/1708.02002); 0 is off. */
  focalGamma: z.number().min(0).default(0),
  /** How much an image of each class counts, in the classes' order. */
  classWeights: z
    .union([z.literal('none'), weightList], { error: 'expected none, or a number over 0 for each class' })
    .default('none'),
});
export type LossOptions = z.infer<typeof lossSchema>;

export interface Loss {
  /** Mean over the batch, a scalar. */
  readonly loss: Value;
  /**
   * How many of the batch have their largest logit at the label, a float32 scalar. With mixup an answer counts for as
   * much as the label that it names has of the mixture.
   */
  readonly correct: Value;
  /** Gradient of the loss with respect to the logits, `[N, classes]`. */
  readonly gradient: Value;
}

/**
 * loss = sum over n, c of -t_nc (1 - p_nc)^gamma log p_nc / D, with p = softmax(z) and
 * t_nc = w_c ((1 - smoothing) y_nc + smoothing / classes) for one-hot labels y, mixed if there is mixup.
 * D is N; with class weights, the sum over n, c of w_c y_nc: the mean of torch.nn.functional.cross_entropy. Focal
 * loss with soft labels is that of keras.losses.CategoricalFocalCrossentropy.
 *
 * The largest logit is subtracted first, so that exp cannot overflow. LogSoftmax and OneHot are avoided:
 * some providers have no kernel for them.
 *
 * @param logits float32 `[N, classes]`
 * @param labels int32 `[N]`
 */
export function softmaxCrossEntropy(
  logits: Value,
  labels: Value,
  { labelSmoothing, focalGamma, classWeights }: LossOptions = lossSchema.parse({}),
  mixing?: Mixing,
): Loss {
  const [n = 0, classes = 0] = logits.sizes;
  const { graph } = logits;
  const row = (values: Int32Array | Float32Array) =>
    graph.constant(values instanceof Int32Array ? 'int32' : 'float32', [1, classes], values);

  const oneHot = labels
    .reshape(n, 1)
    .equal(row(Int32Array.from({ length: classes }, (_, i) => i)))
    .cast('float32');
  const truth = mixing === undefined ? oneHot : mix(oneHot, mixing);
  const smoothed = labelSmoothing === 0 ? truth : truth.mul(1 - labelSmoothing).add(labelSmoothing / classes);
  const weights = classWeights === 'none' ? undefined : row(Float32Array.from(classWeights));
  const target = weights === undefined ? smoothed : smoothed.mul(weights);

  const shifted = logits.sub(logits.maxOver([1], 1));
  const exponentials = shifted.exp();
  const total = exponentials.sum([1], 1);
  const softmax: Softmax = { shifted, total, probabilities: exponentials.div(total) };
  const { losses, gradients } =
    focalGamma === 0
      ? crossEntropy(softmax, target, weights !== undefined)
      : focal(softmax, target, focalGamma);

  const divisor = weights === undefined ? undefined : truth.mul(weights).sum([0, 1]);
  return {
    loss: divisor === undefined ? losses.mean([0, 1]) : losses.sum([0, 1]).div(divisor),
    correct: countCorrect(shifted, labels, mixing),
    gradient: divisor === undefined ? gradients.mul(1 / n) : gradients.div(divisor),
  };
}

interface Softmax {
  /** Logits less the largest of their row. */
  readonly shifted: Value;
  /** Sum of exp(shifted) over a row, `[N, 1]`. */
  readonly total: Value;
  readonly probabilities: Value;
}

interface Terms {
  /** Of each image, `[N, 1]`. */
  readonly losses: Value;
  /** Of each image's loss with respect to its logits. */
  readonly gradients: Value;
}

/** sum_c -t_c log p_c; its gradient p sum_c t_c - t. Without class weights the targets of an image sum to 1. */
function crossEntropy({ shifted, total, probabilities }: Softmax, target: Value, weighted: boolean): Terms {
  const mass = weighted ? target.sum([1], 1) : undefined;
  const logTotal = total.log();
  return {
    losses: (mass === undefined ? logTotal : logTotal.mul(mass)).sub(shifted.mul(target).sum([1], 1)),
    gradients: (mass === undefined ? probabilities : probabilities.mul(mass)).sub(target),
  };
}

/**
 * sum_c -t_c (1 - p_c)^gamma log p_c; its gradient g - p sum_c g_c with
 * g_c = t_c (gamma p_c (1 - p_c)^(gamma - 1) log p_c - (1 - p_c)^gamma).
 */
function focal({ shifted, total, probabilities }: Softmax, target: Value, gamma: number): Terms {
  const logs = shifted.sub(total.log());
  // Over zero, so that a gamma under 1 does not divide by it where p is 1 and log p is 0.
  const missing = probabilities.oneMinus().max(2 ** -24);
  const modulation = missing.pow(gamma);
  const slope = probabilities
    .mul(missing.pow(gamma - 1))
    .mul(logs)
    .mul(gamma);
  const inner = target.mul(slope.sub(modulation));
  return {
    losses: target.mul(modulation).mul(logs).sum([1], 1).neg(),
    gradients: inner.sub(probabilities.mul(inner.sum([1], 1))),
  };
}

/** The answer is the first class with the largest logit. Not by ArgMax, whose int64 WebGPU hands to the CPU. */
function countCorrect(shifted: Value, labels: Value, mixing: Mixing | undefined): Value {
  const [, classes = 0] = shifted.sizes;
  const negated = shifted.graph.constant(
    'float32',
    [1, classes],
    Float32Array.from({ length: classes }, (_, i) => -i),
  );
  const answers = negated.where(shifted.equal(0), -classes).maxOver([1]).neg();
  const hits = (wanted: Value) => answers.equal(wanted.cast('float32')).cast('float32').sum([0]);
  if (mixing === undefined) return hits(labels);
  const { partner, share } = mixing;
  return hits(labels)
    .mul(share)
    .add(hits(labels.gather(partner)).mul(share.oneMinus()));
}
