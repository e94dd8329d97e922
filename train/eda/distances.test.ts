import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jensenShannonDistance, sampleDistances, totalVariation } from './distances.ts';

const counts = fc
  .array(fc.nat({ max: 50 }), { minLength: 4, maxLength: 4 })
  .filter((values) => values.some((value) => value > 0));
const sample = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 });

describe('totalVariation', () => {
  it.each([
    [[1, 0], [0, 3], 1],
    [[2, 2], [1, 1], 0],
    // |1/2 - 1| + |1/2 - 0| = 1, halved.
    [[1, 1], [5, 0], 0.5],
    // Shares .5 .3 .2 and .1 .3 .6: (.4 + 0 + .4) / 2.
    [[5, 3, 2], [1, 3, 6], 0.4],
  ])('of %j and %j is %d', (a, b, distance) => expect(totalVariation(a, b)).toBeCloseTo(distance, 12));

  it('is the largest difference of the probabilities of any event', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [p, q] = [a, b].map((values) => {
          const sum = values.reduce((x, y) => x + y);
          return values.map((value) => value / sum);
        });
        const events = Array.from({ length: 16 }, (_, event) =>
          [0, 1, 2, 3].reduce((d, i) => d + ((event >> i) & 1) * ((p?.[i] ?? 0) - (q?.[i] ?? 0)), 0),
        );
        expect(totalVariation(a, b)).toBeCloseTo(Math.max(...events), 12);
      }),
    );
  });
});

describe('jensenShannonDistance', () => {
  it.each([
    [[1, 0], [0, 1], 1],
    [[3, 1], [6, 2], 0],
    // By hand, with m = (3/4, 1/4): KL(p|m) = log2(4/3); KL(q|m) = (log2(2/3) + log2(2)) / 2 = 1 - log2(3) / 2.
    [[1, 0], [1, 1], Math.sqrt((2 - Math.log2(3) + 1 - Math.log2(3) / 2) / 2)],
    // scipy's documentation: jensenshannon([1, 0, 0], [0, 1, 0], 2) and jensenshannon([1, 0], [0.5, 0.5]) / sqrt(ln 2).
    [[1, 0, 0], [0, 1, 0], 1],
    [[1, 0], [0.5, 0.5], 0.46450140402245893 / Math.sqrt(Math.LN2)],
  ])('of %j and %j is %d', (a, b, distance) => expect(jensenShannonDistance(a, b)).toBeCloseTo(distance, 12));

  it('is a metric', () => {
    fc.assert(
      fc.property(counts, counts, counts, (a, b, c) => {
        expect(jensenShannonDistance(a, b)).toBeCloseTo(jensenShannonDistance(b, a), 12);
        expect(jensenShannonDistance(a, a)).toBeCloseTo(0, 7);
        expect(jensenShannonDistance(a, c)).toBeLessThanOrEqual(
          jensenShannonDistance(a, b) + jensenShannonDistance(b, c) + 1e-7,
        );
      }),
    );
  });
});

describe('sampleDistances', () => {
  it('are those that scipy documents and those worked out by hand', () => {
    // scipy.stats.wasserstein_distance([0, 1, 3], [5, 6, 8]) is 5.0.
    expect(sampleDistances([3, 0, 1], [8, 5, 6])).toEqual({ kolmogorovSmirnov: 1, wasserstein: 5 });
    // Between 0 and 1 the functions are 1/2 and 0 (or 1), between 1 and 4 they are 1/2 and 1.
    const { kolmogorovSmirnov, wasserstein } = sampleDistances([0, 4], [1, 1, 1]);
    expect(kolmogorovSmirnov).toBeCloseTo(0.5, 12);
    expect(wasserstein).toBeCloseTo(0.5 * 1 + 0.5 * 3, 12);
  });

  it('move with the samples', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: -30, max: 30 }), (values, by) => {
        const moved = values.map((value) => value + by);
        expect(sampleDistances(values, moved).wasserstein).toBeCloseTo(Math.abs(by), 9);
      }),
    );
  });

  it('of samples of one size is the mean distance of the sorted values', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const length = Math.min(a.length, b.length);
        const sorted = [a, b].map((values) => values.slice(0, length).sort((x, y) => x - y));
        const mean =
          Array.from({ length }, (_, i) => Math.abs((sorted[0]?.[i] ?? 0) - (sorted[1]?.[i] ?? 0))).reduce(
            (x, y) => x + y,
          ) / length;
        expect(sampleDistances(a.slice(0, length), b.slice(0, length)).wasserstein).toBeCloseTo(mean, 9);
      }),
    );
  });

  it('has the largest gap between the shares below any value', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const share = (values: number[], limit: number) =>
          values.filter((value) => value <= limit).length / values.length;
        const gaps = [...a, ...b].map((limit) => Math.abs(share(a, limit) - share(b, limit)));
        expect(sampleDistances(a, b).kolmogorovSmirnov).toBeCloseTo(Math.max(...gaps), 12);
      }),
    );
  });
});
