/** Softmax cross-entropy, with its gradient and the count of correct answers. */
import type { Value } from './graph.ts';

export interface Loss {
  /** Mean over the batch, a scalar. */
  readonly loss: Value;
  /** How many of the batch have their largest logit at the label, a float32 scalar. */
  readonly correct: Value;
  /** Gradient of the loss with respect to the logits, `[N, classes]`. */
  readonly gradient: Value;
}

/**
 * loss = mean over n of (log sum_j exp(z_nj) - z_n,label), gradient = (softmax(z) - onehot(label)) / N.
 *
 * The largest logit is subtracted first, so that exp cannot overflow. LogSoftmax and OneHot are avoided:
 * some providers have no kernel for them.
 *
 * @param logits float32 `[N, classes]`
 * @param labels int32 `[N]`
 */
export function softmaxCrossEntropy(logits: Value, labels: Value): Loss {
  const [n = 0, classes = 0] = logits.sizes;
  const { graph } = logits;
  const iota = graph.constant(
    'int32',
    [1, classes],
    Int32Array.from({ length: classes }, (_, i) => i),
  );
  const oneHot = labels.reshape(n, 1).equal(iota).cast('float32');
  const shifted = logits.sub(logits.maxOver([1], 1));
  const exponentials = shifted.exp();
  const total = exponentials.sum([1], 1);
  const losses = total.log().sub(shifted.mul(oneHot).sum([1], 1));
  // The first class with the largest logit. Not by ArgMax, whose int64 WebGPU hands to the CPU.
  const negated = graph.constant(
    'float32',
    [1, classes],
    Float32Array.from({ length: classes }, (_, i) => -i),
  );
  const answers = negated.where(shifted.equal(0), -classes).maxOver([1]).neg();
  return {
    loss: losses.mean([0, 1]),
    correct: answers.equal(labels.cast('float32')).cast('float32').sum([0]),
    gradient: exponentials
      .div(total)
      .sub(oneHot)
      .mul(1 / n),
  };
}
