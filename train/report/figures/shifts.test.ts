import { expect, it } from 'vitest';
import { chart } from '../../../chart/chart.ts';
import type { Result } from '../../experiments/result.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { fakeResults } from '../testing/fakeResults.ts';
import { shiftChart, shiftCurves } from './shifts.ts';

const { labels } = fakeResults.dataset.splits.test;

/** A run that calls a share of the test images right, with shifts to the right and down. */
function run(variant: string, seed: number, right: number, shifts: Result['shifts']): Result[] {
  const [any] = fakeResults.results;
  if (any === undefined) return [];
  const wrong = Math.round((1 - right) * labels.length);
  const predictions = labels.map((label, i) => (i < wrong ? (label + 1) % 24 : label));
  return [{ ...any, variant, seed, shifts, splits: { ...any.splits, test: { loss: 1, predictions } } }];
}

const study: StudyResults = {
  ...fakeResults,
  results: [
    ...run('dense', 1, 0.6, [
      { dx: 4, dy: 0, accuracy: 0.2, consistency: 0.4 },
      { dx: 1, dy: 0, accuracy: 0.4, consistency: 0.7 },
      { dx: 0, dy: -1, accuracy: 0.5, consistency: 0.9 },
    ]),
    ...run('dense', 2, 0.8, [
      { dx: -1, dy: 0, accuracy: 0.6, consistency: 0.9 },
      { dx: 0, dy: 1, accuracy: 0.7, consistency: 0.9 },
    ]),
    ...run('permuted', 1, 0.6, []),
  ],
};

it('curves are means over directions, then over seeds, and begin where nothing is moved', () => {
  const points = shiftCurves(study, ['permuted', 'dense', 'not run']);
  expect(points.map(({ variant, distance }) => [variant, distance])).toEqual([
    ['dense', 0],
    ['dense', 1],
    ['dense', 4],
  ]);
  const [unmoved, near, far] = points;
  expect(unmoved?.accuracy.mean).toBeCloseTo(0.7, 3);
  expect(unmoved?.accuracy.least).toBeCloseTo(0.6, 3);
  expect(unmoved?.accuracy.most).toBeCloseTo(0.8, 3);
  expect(unmoved?.consistency).toEqual({ mean: 1, least: 1, most: 1 });
  // Seed 1: (0.4 + 0.5) / 2 = 0.45; seed 2: (0.6 + 0.7) / 2 = 0.65.
  expect(near?.accuracy.mean).toBeCloseTo(0.55, 12);
  expect(near?.accuracy.least).toBeCloseTo(0.45, 12);
  expect(near?.accuracy.most).toBeCloseTo(0.65, 12);
  expect(near?.consistency.mean).toBeCloseTo(0.85, 12);
  expect(far?.accuracy).toEqual({ mean: 0.2, least: 0.2, most: 0.2 });
});

it('are drawn', async () => {
  const svg = await chart(shiftChart(shiftCurves(study, ['dense'])));
  expect(svg).toContain('called as when unmoved');
  expect(svg).toContain('>dense</text>');
});
