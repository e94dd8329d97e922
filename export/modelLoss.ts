/** The loss of a model: of its logits, or of each member's where it is an ensemble. */
import type { Layer } from '../dsl/layers.ts';
import { type Forward, outputOf } from './autodiff.ts';
import { type Cotangent, DenseCotangent } from './cotangent.ts';
import type { Value } from './graph.ts';
import { type Loss, type LossOptions, softmaxCrossEntropy } from './loss.ts';
import type { Mixing } from './mixup.ts';

export interface ModelLoss extends Pick<Loss, 'loss' | 'correct'> {
  /** Where the backward pass begins. */
  readonly gradients: readonly (readonly [Layer, Cotangent])[];
}

/**
 * An ensemble's loss is the mean of its members'; its gradients are those of their sum, so that each member learns as if
 * it were alone, at the same learning rate. What counts as correct is the ensemble's own answer.
 *
 * @param labels int32 `[N]`
 */
export function modelLoss(passed: Forward, labels: Value, options?: LossOptions, mixing?: Mixing): ModelLoss {
  const { logits, logitsLayer } = passed;
  const whole = softmaxCrossEntropy(logits, labels, options, mixing);
  if (logitsLayer.kind !== 'ensemble') {
    return { ...whole, gradients: [[logitsLayer, new DenseCotangent(whole.gradient)]] };
  }
  const members = logitsLayer.inputs.map((layer) => ({
    layer,
    ...softmaxCrossEntropy(outputOf(passed.units, layer), labels, options, mixing),
  }));
  return {
    loss: members
      .map(({ loss }) => loss)
      .reduce((sum, loss) => sum.add(loss))
      .mul(1 / members.length),
    correct: whole.correct,
    gradients: members.map(({ layer, gradient }) => [layer, new DenseCotangent(gradient)]),
  };
}
