import { describe, expect, it } from 'vitest';
import { summarize } from './statistics.ts';

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
