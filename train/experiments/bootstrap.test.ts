import { describe, expect, it } from 'vitest';
import { stream } from '../../export/random.ts';
import {
  differences,
  type Measure,
  type Pair,
  resampledDifferences,
  resampledMeasures,
} from './bootstrap.ts';
import { measure } from './measures.ts';
import { Tally } from './tally.ts';

/** All lists of `count` positions below `count`: what drawing with replacement can give, each as likely. */
function draws(count: number, length = count): number[][] {
  if (length === 0) return [[]];
  return draws(count, length - 1).flatMap((rest) => Array.from({ length: count }, (_, i) => [...rest, i]));
}

const labels = [0, 0, 1, 1, 2, 2, 2];
const groups = [[0, 2, 4], [1, 3], [5], [6]];
const pairs: readonly [Pair, Pair] = [
  [
    [0, 0, 1, 0, 2, 2, 1],
    [0, 1, 1, 0, 2, 0, 2],
  ],
  [
    [0, 2, 1, 1, 2, 0, 2],
    [1, 0, 0, 1, 2, 1, 1],
  ],
];
const classes = 3;

/** Difference by seed of the images listed, one listed twice counting twice. */
function differencesOf(images: readonly number[], name: Measure): number[] {
  const at = (values: readonly number[]) => images.map((image) => values[image] ?? 0);
  return pairs.map(
    ([first, second]) =>
      measure(at(labels), at(first), classes)[name] - measure(at(labels), at(second), classes)[name],
  );
}

describe.each(['accuracy', 'macroF1'] as const)('of %s', (name) => {
  it('differences are of all the images', () => {
    const tally = new Tally(labels, pairs.flat(), groups, classes);
    tally.add(1);
    const expected = differencesOf([...labels.keys()], name);
    for (const [seed, difference] of differences(tally, name).entries()) {
      expect(difference).toBeCloseTo(expected[seed] ?? Number.NaN, 14);
    }
  });

  it('resampled ones are spread as all possible draws of seeds and groups are', () => {
    const exact = draws(groups.length).flatMap((drawn) => {
      const bySeed = differencesOf(
        drawn.flatMap((group) => groups[group] ?? []),
        name,
      );
      return draws(pairs.length).map(
        (seeds) => seeds.reduce((sum, seed) => sum + (bySeed[seed] ?? 0), 0) / seeds.length,
      );
    });
    expect(exact).toHaveLength(4 ** 4 * 2 ** 2);

    const resamples = 20_000;
    const tally = new Tally(labels, pairs.flat(), groups, classes);
    const found = resampledDifferences(tally, resamples, stream(5, 'test'))[name];
    // Between values, since the same sum taken in another order differs in its last bit.
    const share = (values: ArrayLike<number>, x: number) =>
      Array.from(values).filter((value) => value < x + 1e-9).length / values.length;
    const distances = [...new Set(exact)].map((x) => Math.abs(share(found, x) - share(exact, x)));
    // Kolmogorov's: passed by 99.9 % of samples.
    expect(Math.max(...distances)).toBeLessThan(1.95 / Math.sqrt(resamples));
  });

  it('resampled measures of one run are spread as all possible draws of groups are', () => {
    const [[predictions]] = pairs;
    const exact = draws(groups.length).map((drawn) => {
      const images = drawn.flatMap((group) => groups[group] ?? []);
      const at = (values: readonly number[]) => images.map((image) => values[image] ?? 0);
      return measure(at(labels), at(predictions), classes)[name];
    });
    const resamples = 20_000;
    const tally = new Tally(labels, [predictions], groups, classes);
    const found = resampledMeasures(tally, resamples, stream(5, 'test'))[name];
    const share = (values: ArrayLike<number>, x: number) =>
      Array.from(values).filter((value) => value < x + 1e-9).length / values.length;
    const distances = [...new Set(exact)].map((x) => Math.abs(share(found, x) - share(exact, x)));
    // Kolmogorov's: passed by 99.9 % of samples.
    expect(Math.max(...distances)).toBeLessThan(1.95 / Math.sqrt(resamples));
  });
});

it('knows no other groups', () => {
  const tally = new Tally(labels, pairs.flat(), groups, classes);
  expect(() => tally.add(4)).toThrow(new RangeError('expected the position of a group, 0 to 3, found 4'));
});
