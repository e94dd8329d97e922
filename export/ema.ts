/** Weight averaging: evaluation and export take an exponential moving average of the weights along the run. */
import type { Value } from './graph.ts';

/**
 * average = d average + (1 - d) w after each step, with d = min(decay, n / (n + 9)) after n averaged steps.
 *
 * The first step copies the weights, as torch.optim.swa_utils.AveragedModel does; from then on the decay warms up
 * as in tf.train.ExponentialMovingAverage, (1 + k) / (10 + k) for k = n - 1, so that the first weights, which are
 * the worst, do not stay in the average for long. Since d starts at 0, what the average starts from makes no
 * difference. Running statistics are averaged like weights (timm's ModelEmaV2).
 *
 * @param steps steps averaged so far, a float32 scalar
 */
export function averaged(average: Value, weights: Value, decay: number, steps: Value): Value {
  // 1 - d = max(1 - decay, 9 / (n + 9))
  const share = steps.graph
    .scalar(9)
    .div(steps.add(9))
    .max(1 - decay);
  return average.mul(share.oneMinus()).add(weights.mul(share));
}
