import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Difference } from './comparison.ts';
import { judge } from './verdict.ts';

const around = { low: -1, high: 1 };
/** A difference that the seeds agree on. */
const difference = (
  p: number,
  overSeeds: Difference['overSeeds'] = { low: 0.01, high: 0.2 },
): Difference => ({
  estimate: 0.1,
  byImage: around,
  bySol: around,
  overSeeds,
  p,
});

describe('judge', () => {
  it('asks more of each the more there are, and counts what has not run', () => {
    expect(judge([difference(0.02)])).toEqual([{ p: 0.02, real: true }]);
    expect(judge([difference(0.02), difference(0.015), null])).toEqual([
      { p: 0.045, real: true },
      { p: 0.045, real: true },
      null,
    ]);
    expect(judge([difference(0.02), null, null])).toEqual([{ p: 0.06, real: false }, null, null]);
  });

  it('asks that the seeds agree, and that there is more than one', () => {
    const real = (overSeeds: Difference['overSeeds']) => judge([difference(0.001, overSeeds)])[0]?.real;
    expect(real({ low: 0.001, high: 0.2 })).toBe(true);
    expect(real({ low: -0.001, high: 0.2 })).toBe(false);
    expect(real({ low: 0, high: 0.2 })).toBe(false);
    expect(real(null)).toBe(false);
    const worse = { ...difference(0.001, { low: -0.2, high: -0.001 }), estimate: -0.1 };
    expect(judge([worse])[0]?.real).toBe(true);
    expect(judge([{ ...worse, overSeeds: { low: -0.2, high: 0.001 } }])[0]?.real).toBe(false);
  });

  it('takes nothing back when another variant has run', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.option(probability), { maxLength: 6 }), probability, (before, next) => {
        const judged = (ps: readonly (number | null)[]) =>
          judge(ps.map((p) => (p === null ? null : difference(p))));
        const earlier = judged([...before, null]);
        const later = judged([...before, next]);
        for (const [index, verdict] of earlier.entries()) {
          expect(later[index]?.p ?? 0).toBeLessThanOrEqual(verdict?.p ?? 1);
        }
      }),
    );
  });
});
