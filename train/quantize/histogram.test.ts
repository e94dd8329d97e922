/** Ranges that hold a share of numbers, beside sorting all of them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

function rangeOf(values: readonly number[], share: number) {
  const histogram = new Histogram();
  // In two pieces, as batches come.
  histogram.add(Float32Array.from(values.slice(0, 3)));
  histogram.add(Float32Array.from(values.slice(3)));
  return histogram.range(share);
}

it('are from the smallest to the largest number where all count', () => {
  expect(rangeOf([1, -0.3, 7, 0, 2, -5], 1)).toEqual({ low: -5, high: 7 });
  expect(rangeOf([3, 4], 1)).toEqual({ low: 3, high: 4 });
  expect(rangeOf([-4, -3, -4], 1)).toEqual({ low: -4, high: -3 });
});

it('leave out as many at either end', () => {
  const values = Array.from({ length: 1000 }, (_, i) => i - 300);
  const { low, high } = rangeOf(values, 0.99);
  // Five of a thousand at either end; a bin is a 512th of its numbers wide.
  expect(low).toBeGreaterThanOrEqual(-296);
  expect(low).toBeLessThanOrEqual(-294);
  expect(high).toBeGreaterThanOrEqual(694);
  expect(high).toBeLessThanOrEqual(696);
});

it('hold the share that is asked for, and no more than a bin beyond it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 300 }),
      fc.double({ min: 0.5, max: 1, noNaN: true }),
      (values, share) => {
        const sorted = Float32Array.from(values).sort();
        const beyond = Math.floor((values.length * (1 - share)) / 2);
        const low = sorted[beyond] ?? Number.NaN;
        const high = sorted[values.length - 1 - beyond] ?? Number.NaN;
        const found = rangeOf(values, share);
        expect(found.low).toBeLessThanOrEqual(low);
        expect(found.high).toBeGreaterThanOrEqual(high);
        // Below 2^-126 numbers are as far apart as at it.
        const width = (end: number) => Math.max(Math.abs(end) * 2 ** -8, 2 ** -134);
        expect(low - found.low).toBeLessThanOrEqual(width(low));
        expect(found.high - high).toBeLessThanOrEqual(width(high));
      },
    ),
    { numRuns: 40 },
  );
});

it('have no ends where a number is not finite, and where there is none', () => {
  const { NaN: none, POSITIVE_INFINITY: infinity } = Number;
  for (const values of [[], [1, none, 2], [infinity, 1], [-infinity, 1]]) {
    expect(rangeOf(values, 0.9)).toEqual({ low: none, high: none });
  }
});
