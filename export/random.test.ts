import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fillUniform, permutation, stream, symmetricBeta } from './random.ts';

it('gives each label a stream of its own, the same every time', () => {
  const first = (...labels: (string | number)[]) => {
    const numbers = new Float32Array(8);
    fillUniform(stream(1, ...labels), numbers);
    return Array.from(numbers);
  };
  expect(first('shuffle', 0)).toEqual(first('shuffle', 0));
  const streams = [
    first('shuffle', 0),
    first('shuffle', 1),
    first('dropout', 0),
    first('shuffle', 10),
    first(),
  ];
  expect(new Set(streams.map((numbers) => numbers.join())).size).toBe(streams.length);
});

it('does not begin neighbouring streams with neighbouring numbers', () => {
  const firsts = Array.from({ length: 1001 }, (_, step) => {
    const numbers = new Float32Array(1);
    fillUniform(stream(1, 'dropout1.uniform', 0, step), numbers);
    return numbers[0] ?? Number.NaN;
  });
  const steps = firsts.slice(1).map((first, i) => Math.abs(first - (firsts[i] ?? Number.NaN)));
  // The mean distance of two independent uniform numbers is 1/3, here with a standard deviation of 0.01.
  expect(steps.reduce((sum, step) => sum + step, 0) / steps.length).toBeCloseTo(1 / 3, 1);
});

it('is uniform in [0, 1)', () => {
  const numbers = new Float32Array(100_000);
  fillUniform(stream(3, 'uniform'), numbers);
  expect(numbers.every((u) => u >= 0 && u < 1)).toBe(true);
  // Each tenth has 10,000 in expectation, with a standard deviation of 95.
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const count = numbers.filter((u) => Math.floor(u * 10) === tenth).length;
    expect(Math.abs(count - 10_000)).toBeLessThan(500);
  }
});

it('permutes', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 300 }), (seed, count) => {
      const order = permutation(stream(seed, 'shuffle'), count);
      expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }),
  );
  // The first place is taken by each with the same chance: 1,000 of 4,000 in expectation, deviation 27.
  const firsts = Array.from({ length: 4000 }, (_, i) => permutation(stream(i, 'first'), 4)[0]);
  for (const value of [0, 1, 2, 3])
    expect(Math.abs(firsts.filter((first) => first === value).length - 1000)).toBeLessThan(140);
});

it('draws Beta(alpha, alpha) with its mean and variance', () => {
  for (const alpha of [0.1, 0.4, 1, 3]) {
    const numbers = Array.from({ length: 4000 }, (_, step) => symmetricBeta(stream(1, 'mixup', step), alpha));
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
    expect(mean, `${alpha}`).toBeCloseTo(0.5, 1);
    // https://en.wikipedia.org/wiki/Beta_distribution
    expect(variance * 4 * (2 * alpha + 1), `${alpha}`).toBeCloseTo(1, 1);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(1);
  }
});
