/** Temperature scaling against a search over temperatures, and where the answer is known. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { uniform } from '../export/reference/noise.ts';
import { energyThreshold, fitTemperature } from './calibration.ts';

function softmax(logits: readonly number[], temperature: number): number[] {
  const powers = logits.map((z) => Math.exp((z - Math.max(...logits)) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The mean over classes of the mean over their images. */
function loss(
  logits: readonly (readonly number[])[],
  labels: readonly number[],
  temperature: number,
): number {
  const terms = logits.map((row, i) => -Math.log(softmax(row, temperature)[labels[i] ?? -1] ?? Number.NaN));
  return mean([...new Set(labels)].map((label) => mean(terms.filter((_, i) => labels[i] === label))));
}

const logit = fc.double({ min: -6, max: 6, noNaN: true });
const cases = fc
  .integer({ min: 2, max: 5 })
  .chain((classes) =>
    fc.array(
      fc.tuple(
        fc.array(logit, { minLength: classes, maxLength: classes }),
        fc.integer({ min: 0, max: classes - 1 }),
      ),
      { minLength: 3, maxLength: 30 },
    ),
  );

it('has a smaller loss than temperatures beside it', () => {
  fc.assert(
    fc.property(cases, (images) => {
      const logits = images.map(([row]) => row);
      const labels = images.map(([, label]) => label);
      const probabilities = Float32Array.from(logits.flatMap((row) => softmax(row, 1)));
      const found = fitTemperature(probabilities, labels);
      expect(found).toBeGreaterThanOrEqual(1 / 20);
      expect(found).toBeLessThanOrEqual(20 * (1 + 1e-9));
      const least = loss(logits, labels, found);
      for (const factor of [0.9, 0.99, 1.01, 1.1]) {
        const beside = Math.min(Math.max(found * factor, 1 / 20), 20);
        expect(loss(logits, labels, beside)).toBeGreaterThan(least - 1e-5);
      }
    }),
  );
});

it('finds the temperature that labels were drawn by', () => {
  const [images, classes, temperature] = [20_000, 4, 2.5];
  const noise = uniform('calibration', images * (classes + 1));
  const probabilities = new Float32Array(images * classes);
  const labels = Array.from({ length: images }, (_, i) => {
    const numbers = noise.subarray(i * (classes + 1), (i + 1) * (classes + 1));
    const logits = Array.from(numbers.subarray(0, classes), (u) => 8 * u);
    probabilities.set(softmax(logits, 1), i * classes);
    let left = numbers[classes] ?? 0;
    return softmax(logits, temperature).findIndex((p) => {
      left -= p;
      return left <= 0;
    });
  });
  expect(Math.abs(fitTemperature(probabilities, labels) - temperature)).toBeLessThan(0.1);
});

it('stays finite where every answer is right, or a probability has come to 0', () => {
  expect(fitTemperature(Float32Array.of(0.9, 0.1, 0.2, 0.8), [0, 1])).toBeCloseTo(1 / 20);
  expect(fitTemperature(Float32Array.of(0.9, 0.1, 0.2, 0.8), [1, 0])).toBeCloseTo(20);
  expect(fitTemperature(Float32Array.of(1, 0, 0, 1), [0, 0])).toBeLessThanOrEqual(20 * (1 + 1e-9));
});

it('takes 1 image of 20 for none of the classes', () => {
  const energies = Float32Array.from({ length: 101 }, (_, i) => -i);
  expect(energyThreshold({ energies })).toBe(-5);
});
