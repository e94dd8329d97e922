import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holm, summarize, wilsonInterval } from './statistics.ts';

describe('summarize', () => {
  it('gives mean, sample deviation and Student interval', () => {
    // 1, 2, 6: mean 3, squared distances 4 + 1 + 9 = 14, so s^2 = 7. For two degrees of freedom Student's quantile
    // has a closed form, t(p) = (2 p - 1) / sqrt(2 p (1 - p)).
    const half = (0.95 / Math.sqrt(2 * 0.975 * 0.025)) * Math.sqrt(7 / 3);
    const summary = summarize([1, 2, 6]);
    expect(summary).toMatchObject({ count: 3, mean: 3 });
    expect(summary?.deviation).toBeCloseTo(Math.sqrt(7), 12);
    expect(summary?.interval?.low).toBeCloseTo(3 - half, 8);
    expect(summary?.interval?.high).toBeCloseTo(3 + half, 8);
  });

  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, upper critical values for 0.025.
  it.each([
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [9, 2.262],
    [30, 2.042],
    [100, 1.984],
  ])('takes the published t of %i degrees of freedom', (freedom, critical) => {
    // Half of them 1 and half of them -1, or with a 0 among them: s^2 is what is not 0, over n - 1.
    const count = freedom + 1;
    const values = Array.from({ length: count }, (_, i) =>
      i === count - 1 && count % 2 ? 0 : i % 2 ? 1 : -1,
    );
    const scale = Math.sqrt((count % 2 ? count - 1 : count) / freedom / count);
    const { interval } = summarize(values) ?? {};
    expect(Math.abs((interval?.high ?? 0) / scale - critical)).toBeLessThan(0.00051);
    expect(Math.abs((interval?.low ?? 0) / scale + critical)).toBeLessThan(0.00051);
  });

  it('has no spread for one value, none at all for equal ones, and nothing to say without any', () => {
    expect(summarize([0.5])).toEqual({ count: 1, mean: 0.5, deviation: null, interval: null });
    expect(summarize([0.5, 0.5])).toEqual({
      count: 2,
      mean: 0.5,
      deviation: 0,
      interval: { low: 0.5, high: 0.5 },
    });
    expect(summarize([])).toBeNull();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d rather than passing it over', (value) => {
    expect(() => summarize([1, value, 2])).toThrow(new RangeError(`expected finite numbers, found ${value}`));
  });
});

describe('holm', () => {
  it('multiplies the smallest by how many they are, and falls never', () => {
    // 4 x 0.01; 3 x 0.02; 2 x 0.03; 0.04, raised to the one before. The order given is kept.
    const adjusted = holm([0.04, 0.01, 0.03, 0.02]);
    for (const [index, p] of [0.06, 0.04, 0.06, 0.06].entries()) expect(adjusted[index]).toBeCloseTo(p, 12);
    expect(holm([0.6, 0.3, 1])).toEqual([1, expect.closeTo(0.9, 12), 1]);
    expect(holm([0.03])).toEqual([0.03]);
    expect(holm([])).toEqual([]);
  });

  it('claims what Bonferroni would, and maybe more', () => {
    const probabilities = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
    fc.assert(
      fc.property(probabilities, (ps) => {
        for (const [index, adjusted] of holm(ps).entries()) {
          expect(adjusted).toBeLessThanOrEqual(Math.min(1, (ps[index] ?? 0) * ps.length));
          expect(adjusted).toBeGreaterThanOrEqual(ps[index] ?? 0);
        }
      }),
    );
  });
});

describe('wilsonInterval', () => {
  // Newcombe 1998, Statistics in Medicine 17(8), 857-872, table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('gives the published interval of %i in %i', (successes, trials, low, high) => {
    const found = wilsonInterval(successes / trials, trials);
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });
});
