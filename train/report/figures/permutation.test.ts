import { expect, it } from 'vitest';
import { chart } from '../../../chart/chart.ts';
import { fakeResults } from '../testing/fakeResults.ts';
import { permutationChart, permutationPoints } from './permutation.ts';

it('each run of both variants is a point with its accuracy, and is drawn', async () => {
  const { labels } = fakeResults.dataset.splits.test;
  const [any] = fakeResults.results;
  if (any === undefined) throw new Error('there are results');
  // Every third, and every fifth image right.
  const run = (variant: string, seed: number, every: number) => {
    const predictions = labels.map((label, i) => (i % every === 0 ? label : (label + 1) % 24));
    return { ...any, variant, seed, splits: { ...any.splits, test: { loss: 1, predictions } } };
  };
  const results = [run('cnn', 1, 3), run('cnn', 2, 3), run('cnn-permuted', 1, 5), run('other', 1, 2)];
  const pairs = [
    { plain: 'cnn', permuted: 'cnn-permuted' },
    { plain: 'not run', permuted: 'neither' },
  ];
  const points = permutationPoints({ ...fakeResults, results }, pairs);
  const [third, fifth] = [3, 5].map((every) => Math.ceil(labels.length / every) / labels.length);
  expect(points).toEqual([
    { variant: 'cnn', pixels: 'in their order', seed: 1, accuracy: third },
    { variant: 'cnn', pixels: 'in their order', seed: 2, accuracy: third },
    { variant: 'cnn', pixels: 'permuted', seed: 1, accuracy: fifth },
  ]);
  const svg = await chart(permutationChart(points));
  expect(svg).toContain('>33.3%</text>');
  expect(svg).toContain('>20.0%</text>');
});
