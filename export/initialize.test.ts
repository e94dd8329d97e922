import { expect, it } from 'vitest';
import { baseline, cnn3x3 } from '../dsl/zoo.ts';
import { initialize } from './initialize.ts';

it('draws weights uniformly within 1 / sqrt(fan in), norms at 1, the rest at 0', () => {
  const weights = initialize(cnn3x3({ size: 32 }), 1);
  for (const [name, fanIn] of [
    ['conv2.weight', 32 * 9],
    ['dense1.weight', 256 * 4],
  ] as const) {
    const data = weights.get(name) ?? new Float32Array();
    const bound = 1 / Math.sqrt(fanIn);
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    const variance = data.reduce((sum, x) => sum + x * x, 0) / data.length;
    expect(
      data.every((x) => Math.abs(x) <= Math.fround(bound)),
      name,
    ).toBe(true);
    expect(Math.abs(mean) / bound, name).toBeLessThan(0.02);
    // The variance of U(-b, b) is b^2 / 3.
    expect(variance / (bound ** 2 / 3), name).toBeCloseTo(1, 1);
  }
  expect(new Set(weights.get('bn1.weight'))).toEqual(new Set([1]));
  expect(new Set(weights.get('bn1.running_var'))).toEqual(new Set([1]));
  for (const name of ['bn1.bias', 'bn1.running_mean', 'dense1.bias']) {
    expect(new Set(weights.get(name)), name).toEqual(new Set([0]));
  }
});

it('gives the same weights for a seed, others for another, and to each layer its own', () => {
  const [first, again, other] = [1, 1, 2].map((seed) => initialize(baseline({ size: 16 }), seed));
  expect(again).toEqual(first);
  expect(other?.get('dense1.weight')).not.toEqual(first?.get('dense1.weight'));
  const [one, two] = ['dense1.weight', 'dense2.weight'].map((name) => first?.get(name)?.slice(0, 10));
  const ratios = one?.map((x, i) => x / (two?.[i] ?? Number.NaN));
  expect(new Set(ratios).size).toBe(10);
});
