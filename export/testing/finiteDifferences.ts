/** For tests: gradients of a whole model held against differences of its loss, without any other framework. */
import type { Model } from '../../dsl/model.ts';
import { uniform } from '../reference/noise.ts';
import { targets } from '../targets.ts';
import { logitsGraph } from './gradientGraph.ts';
import { compile, type Feeds } from './run.ts';

/**
 * The largest disagreement of a gradient with the loss, over the tensors: |measured - predicted| / |predicted|, where
 * predicted = <g, 2 h d> and measured = L(w + h d) - L(w - h d) for a direction d in one tensor.
 *
 * - The direction is the gradient's own plus a random one, both of norm 1. Along a random one alone the slope is
 *   |g| / sqrt(n), which drowns in the rounding of float32; the random part is there so that d does not depend on g
 *   alone. One tensor at a time, so that a large gradient does not hide a small one.
 * - The loss is worked out in float64 from the logits, so only their rounding is left.
 * - Four steps h: a large one is off where the loss is curved (a norm over values that are all alike), a small one
 *   where it is rounded. The best counts, since a wrong gradient is wrong at each.
 * - What is a thousandth of the largest gradient is rounding: a bias before a batch norm has no gradient at all.
 *
 * A ReLU or a max-pool within h of a kink makes a right gradient look wrong. That is a matter of the batch: ask again
 * with another.
 */
export async function slopeError(
  loss: (changed: Feeds) => Promise<number>,
  weightsOf: Feeds,
  gradients: ReadonlyMap<string, Float32Array>,
): Promise<number> {
  const largest = Math.max(...[...gradients.values()].map(norm));
  const errors: number[] = [];
  for (const [name, gradient] of gradients) {
    const weights = Float32Array.from(weightsOf[name] ?? [], Number);
    const random = uniform(`direction/${name}`, gradient.length).map((u) => u - 0.5);
    const [own, other] = [norm(gradient) || 1, norm(random)];
    const direction = gradient.map((g, i) => g / own + (random[i] ?? 0) / other);
    const atSteps: number[] = [];
    for (const h of [1e-2, 3e-3, 1e-3, 3e-4]) {
      const at = (step: number) => weights.map((w, i) => w + step * (direction[i] ?? 0));
      const [up, down] = [at(h), at(-h)];
      // With the step that float32 really took.
      const predicted = gradient.reduce((sum, g, i) => sum + g * ((up[i] ?? 0) - (down[i] ?? 0)), 0);
      const measured = (await loss({ [name]: up })) - (await loss({ [name]: down }));
      atSteps.push(Math.abs(measured - predicted) / (Math.abs(predicted) + 1e-3 * largest * h));
    }
    // NaN is no agreement: Math.min passes it on.
    errors.push(Math.min(...atSteps));
  }
  return Math.max(...errors);
}

/** The model's loss on these feeds, some of them changed; cross-entropy in float64. */
export async function lossOf(
  model: Model,
  batch: number,
  feeds: Feeds & { readonly labels: Int32Array },
): Promise<(changed: Feeds) => Promise<number>> {
  const run = await compile(logitsGraph(model, batch, targets.cpu), 1);
  return async (changed) => {
    const { logits = new Float32Array() } = await run({ ...feeds, ...changed });
    return crossEntropy(logits, feeds.labels);
  };
}

/** Mean over n of log sum_j exp(z_nj) - z_n,label. */
function crossEntropy(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  const losses = Array.from(labels, (label, n) => {
    const row = Array.from(logits.subarray(n * classes, (n + 1) * classes));
    const largest = Math.max(...row);
    return (
      Math.log(row.reduce((sum, z) => sum + Math.exp(z - largest), 0)) + largest - (row[label] ?? Number.NaN)
    );
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / labels.length;
}

export function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
