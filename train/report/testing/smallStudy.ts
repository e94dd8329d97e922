import type { Result } from '../../experiments/result.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { fakeDataset, fakeResults, fakeStudy } from './fakeResults.ts';

/** For tests: three classes, of which the last has no test image; two seeds of `a`, one of `b`, none of `c`. */
export function smallStudy(): StudyResults {
  const [model] = fakeResults.results;
  const [declared] = Object.values(fakeStudy.variants);
  if (model === undefined || declared === undefined) throw new Error('the fake study has results');
  const labels = { train: [0, 0, 1, 2], val: [0, 1, 2], test: [0, 0, 0, 0, 1, 1] };
  const run = (variant: string, seed: number, test: number[]): Result => ({
    ...model,
    variant,
    seed,
    splits: {
      train: { loss: 1, predictions: [0, 0, 1, 1] },
      val: { loss: 1, predictions: [0, 1, 1] },
      test: { loss: 1, predictions: test },
    },
  });
  const split = (of: number[]) => ({ labels: of, sols: of.map(() => null) });
  return {
    dataset: {
      ...fakeDataset,
      classes: ['first', 'second', 'third'],
      splits: { train: split(labels.train), val: split(labels.val), test: split(labels.test) },
    },
    study: {
      ...fakeStudy,
      variants: { a: { ...declared, flops: 2e6 }, b: { ...declared, flops: 3e6 }, c: declared },
      experiments: [{ name: 'e', factor: 'f', question: '?', variants: ['a', 'b', 'c'], seeds: [1, 2] }],
    },
    results: [
      run('a', 2, [0, 0, 1, 1, 1, 1]),
      run('a', 1, [0, 1, 1, 1, 1, 0]),
      run('b', 1, [0, 0, 0, 0, 0, 2]),
    ],
  };
}
