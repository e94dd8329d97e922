/** From the numbers that a network gives to named classes, the most probable first. */
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';

export const scoreSchema = z.object({
  class: z.string(),
  /** 0 to 1; those of all classes add up to 1. */
  probability: z.number().min(0).max(1),
});
export type Score = z.infer<typeof scoreSchema>;

/** Scores, the highest first; equal ones in the model's order. */
export function rank(classes: readonly string[], probabilities: Float32Array): Score[] {
  return classes
    .map((name, index) => ({ class: name, probability: probabilities[index] ?? 0 }))
    .sort((a, b) => b.probability - a.probability);
}

/** exp(z_i - max) / sum_j exp(z_j - max): no logit is too large for it. In float64, rounded once. */
export function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Array.from(logits, (z) => Math.exp(z - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Float32Array.from(powers, (power) => power / sum);
}

/**
 * -log sum_i exp(z_i), the free energy of logits (https://arxiv.org/abs/2010.03759): high for images unlike those of
 * training. In float64, rounded to float32 as graphs give it.
 */
export function energyOf(logits: Float32Array): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, z) => total + Math.exp(z - largest), 0);
  return Math.fround(-(largest + Math.log(sum)));
}

/** Probabilities or energies, if they are numbers. A logit that is none makes all of them none: each is of the sum over all. */
export function requireNumbers(values: Float32Array, where: string): Float32Array {
  if (!values.some(Number.isNaN)) return values;
  throw new AreographError({
    code: 'model',
    where,
    expected: 'weights that give numbers',
    found: 'NaN',
    next: 'Its training diverged: train again with a lower learning rate.',
  });
}
