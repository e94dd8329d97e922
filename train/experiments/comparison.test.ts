import { randomNormal } from 'd3-random';
import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { describe, expect, it } from 'vitest';
import { stream } from '../../export/random.ts';
import { type ComparedRun, compare, type Difference } from './comparison.ts';
import type { Interval } from './statistics.ts';
import { judge } from './verdict.ts';

/** Ten images of class 0, of which a run finds so many. */
const ten = { labels: Array<number>(10).fill(0), sols: Array<number>(10).fill(5), classes: 2 };
const finding = (seed: number, right: number): ComparedRun => ({
  seed,
  predictions: Array.from({ length: 10 }, (_, i) => (i < right ? 0 : 1)),
});

const negated = ({ estimate, byImage, bySol, overSeeds, p }: Difference): Difference => {
  const turned = ({ low, high }: Interval) => ({ low: -high, high: -low });
  return {
    estimate: -estimate,
    byImage: turned(byImage),
    bySol: turned(bySol),
    overSeeds: overSeeds && turned(overSeeds),
    p,
  };
};
/** A difference of equal numbers is 0 whichever is taken from which; and ends of intervals are interpolated. */
const close = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' ? Number(part.toFixed(12)) : part)),
  );

const study = fc
  .record({ images: fc.integer({ min: 1, max: 12 }), seeds: fc.integer({ min: 1, max: 3 }) })
  .chain(({ images, seeds }) => {
    const list = (values: fc.Arbitrary<number>) => fc.array(values, { minLength: images, maxLength: images });
    const runs = fc
      .array(list(fc.nat(2)), { minLength: seeds, maxLength: seeds })
      .map((all) => all.map((predictions, seed) => ({ seed, predictions })));
    return fc.record({
      first: runs,
      second: runs,
      images: fc.record({ labels: list(fc.nat(2)), sols: list(fc.nat(3)), classes: fc.constant(3) }),
    });
  });

describe('compare', () => {
  it('takes the seeds that both have, and their differences one by one', () => {
    const first = [finding(3, 9), finding(1, 8), finding(7, 0)];
    const second = [finding(1, 6), finding(2, 10), finding(3, 3)];
    const comparison = compare(first, second, ten, 1);
    expect(comparison?.seeds).toEqual([1, 3]);
    // 0.2 and 0.6: mean 0.4, s = 0.4 / sqrt(2), t(0.975, 1) = 12.7062.
    expect(comparison?.accuracy.estimate).toBeCloseTo(0.4, 12);
    expect(comparison?.accuracy.overSeeds?.low).toBeCloseTo(0.4 - 12.7062 * 0.2, 4);
    expect(comparison?.accuracy.overSeeds?.high).toBeCloseTo(0.4 + 12.7062 * 0.2, 4);
    // One class: F1 = 2 right / (10 + right), so 16/18 - 12/16 and 18/19 - 6/13.
    expect(comparison?.macroF1.estimate).toBeCloseTo((16 / 18 - 12 / 16 + 18 / 19 - 6 / 13) / 2, 12);
  });

  it('spans three seeds and no more when the images leave nothing to chance', () => {
    // All images of one day: of 27 equally likely draws of seeds, one is thrice the least, and 1/27 > 2.5 %.
    const first = [finding(1, 5), finding(2, 7), finding(3, 10)];
    const second = [finding(1, 4), finding(2, 4), finding(3, 4)];
    const { bySol, p } = compare(first, second, ten, 1)?.accuracy ?? {};
    expect(bySol?.low).toBeCloseTo(0.1, 12);
    expect(bySol?.high).toBeCloseTo(0.6, 12);
    // No draw comes near 0.
    expect(p).toBeCloseTo(2 / 10_001, 12);
  });

  it('takes the spread of one image from one seed, and no spread of seeds', () => {
    // Every image counts for itself: the difference is binomial, 4 of 10 images: a standard error of sqrt(0.4 0.6 / 10).
    const images = { ...ten, sols: Array<null>(10).fill(null) };
    const { byImage, overSeeds } = compare([finding(1, 9)], [finding(1, 5)], images, 1)?.accuracy ?? {};
    expect(overSeeds).toBeNull();
    // Binomial(10, 0.4) has 2.5 % at 1 and 97.5 % at 7.
    expect(byImage).toEqual({ low: expect.closeTo(0.1, 12), high: expect.closeTo(0.7, 12) });
  });

  it('is null without a seed that both have', () => {
    expect(compare([finding(1, 5)], [finding(2, 5)], ten, 1)).toBeNull();
    expect(compare([], [finding(2, 5)], ten, 1)).toBeNull();
  });

  it('takes images of unknown days for days of their own', () => {
    const first = [finding(1, 9), finding(2, 7)];
    const second = [finding(1, 5), finding(2, 6)];
    const apart = { ...ten, sols: Array.from({ length: 10 }, (_, i) => i) };
    const unknown = { ...ten, sols: Array<null>(10).fill(null) };
    expect(compare(first, second, unknown, 1, 500)).toEqual(compare(first, second, apart, 1, 500));
    expect(compare(first, second, unknown, 1, 500)).not.toEqual(compare(first, second, ten, 1, 500));
  });

  it('widens by the root of how many images are alike', () => {
    // 60 days of 9 images that share a fate: as uncertain as 60 images, which is 3 times as much as 540.
    const sols = Array.from({ length: 540 }, (_, image) => Math.floor(image / 9));
    const predictions = sols.map((sol) => (sol % 2 === 0 ? 0 : 1));
    const images = { labels: sols.map(() => 0), sols, classes: 2 };
    const none = sols.map(() => 1);
    const { byImage, bySol } =
      compare([{ seed: 1, predictions }], [{ seed: 1, predictions: none }], images, 1)?.accuracy ?? {};
    // Half are right: 1.96 standard errors of sqrt(0.25 / 540) to either side.
    const width = 2 * 1.96 * Math.sqrt(0.25 / 540);
    expect((byImage?.high ?? 0) - (byImage?.low ?? 0)).toBeGreaterThan(0.95 * width);
    expect((byImage?.high ?? 0) - (byImage?.low ?? 0)).toBeLessThan(1.05 * width);
    expect((bySol?.high ?? 0) - (bySol?.low ?? 0)).toBeGreaterThan(3 * 0.93 * width);
    expect((bySol?.high ?? 0) - (bySol?.low ?? 0)).toBeLessThan(3 * 1.07 * width);
  });

  it('finds nothing between a variant and itself', () => {
    const nothing = { low: 0, high: 0 };
    fc.assert(
      fc.property(study, ({ first, images }) => {
        const { accuracy, macroF1 } = compare(first, first, images, 1, 50) ?? {};
        for (const difference of [accuracy, macroF1]) {
          expect(difference).toMatchObject({ estimate: 0, byImage: nothing, bySol: nothing, p: 1 });
          expect(judge([difference ?? null])).toEqual([{ p: 1, real: false }]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is turned round when the variants are', () => {
    fc.assert(
      fc.property(study, fc.nat(), ({ first, second, images }, seed) => {
        const there = compare(first, second, images, seed, 60);
        const back = compare(second, first, images, seed, 60);
        expect(there?.seeds).toEqual(back?.seeds);
        for (const measure of ['accuracy', 'macroF1'] as const) {
          const [one, other] = [there?.[measure], back?.[measure]];
          expect(close(one)).toEqual(close(other && negated(other)));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has a small p only where the interval by day leaves 0 out', () => {
    let small = 0;
    const check = fc.property(study, ({ first, second, images }) => {
      const { accuracy, macroF1 } = compare(first, second, images, 1, 200) ?? {};
      for (const { p, bySol } of [accuracy, macroF1].filter((difference) => difference !== undefined)) {
        if (p >= 0.05) continue;
        small += 1;
        expect(bySol.low * bySol.high).toBeGreaterThan(0);
      }
    });
    fc.assert(check, { numRuns: 200, seed: 1 });
    expect(small).toBeGreaterThan(20);
  });

  it('is the same again for the same seed, and another for another', () => {
    const first = [finding(1, 9), finding(2, 7)];
    const second = [finding(1, 5), finding(2, 6)];
    const images = { ...ten, sols: Array<null>(10).fill(null) };
    const of = (seed: number) => compare(first, second, images, seed, 301);
    expect(of(1)).toEqual(of(1));
    expect(of(2)).not.toEqual(of(1));
  });

  it('holds the true difference as often as it says, by day, and not by image', () => {
    const truth = 0.06;
    const studies = 200;
    let byDay = 0;
    let byImage = 0;
    for (let index = 0; index < studies; index += 1) {
      const { first, second, images } = simulated(index, truth);
      const difference = compare(first, second, images, index, 250)?.accuracy;
      const holds = ({ low, high }: Interval) => low <= truth && truth <= high;
      if (difference && holds(difference.bySol)) byDay += 1;
      if (difference && holds(difference.byImage)) byImage += 1;
    }
    expect(byDay / studies).toBeGreaterThan(0.88);
    expect(byDay / studies).toBeLessThan(0.99);
    expect(byImage / studies).toBeLessThan(0.85);
  });

  it('refuses what are no predictions of these images, or no days', () => {
    const run = finding(1, 5);
    const short = { seed: 1, predictions: [0] };
    expect(() => compare([run], [short], ten, 1)).toThrow(
      /expected 10 predictions, one for each image, found 1/,
    );
    const other = { seed: 1, predictions: run.predictions.with(4, 2) };
    expect(() => compare([other], [run], ten, 1)).toThrow(/expected a class, 0 to 1, found 2/);
    expect(() => compare([run], [run], { ...ten, sols: [1] }, 1)).toThrow(/expected 10 days/);
  });
});

/**
 * Three seeds of two variants on 60 days of 1 to 15 images. Images are easy to hard, for all runs and, by a little, for
 * each; on a day a variant fares better or worse by a standard deviation of 0.15, a run does throughout by 0.01.
 */
function simulated(seed: number, truth: number) {
  const random = stream(seed, 'simulated study');
  const uniform = () => uniformFloat64(random);
  const normal = randomNormal.source(uniform)();
  const days = Array.from({ length: 60 }, () => [0.15 * normal(), 0.15 * normal()] as const);
  const sols = days.flatMap((_, day) => Array<number>(1 + (day % 15)).fill(day));
  const hardness = sols.map(uniform);
  const runs = (variant: 0 | 1, mean: number): ComparedRun[] =>
    [1, 2, 3].map((run) => {
      const level = mean + 0.01 * normal();
      const predictions = sols.map((sol, image) => {
        const skill = level + (days[sol]?.[variant] ?? 0);
        return (hardness[image] ?? 0) + 0.1 * normal() < skill ? 0 : 1;
      });
      return { seed: run, predictions };
    });
  const images = { labels: sols.map(() => 0), sols, classes: 2 };
  return { first: runs(0, 0.5 + truth), second: runs(1, 0.5), images };
}
