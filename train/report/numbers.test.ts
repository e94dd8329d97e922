/** The report's numbers, worked by hand. */
import { expect, it } from 'vitest';
import { AreographError } from '../../dsl/errors.ts';
import { fillAnswers } from './answers.ts';
import { differenceText, rangeText, signedPoints, spreadText } from './format.ts';
import { numbersOf, reportNumbers } from './numbers.ts';
import { smallStudy } from './testing/smallStudy.ts';

const numbers = reportNumbers(smallStudy());

it('are means over the seeds of what was predicted', () => {
  const { seeds, splits, imagesPerSecond } = numbersOf(numbers, 'a');
  expect(seeds).toEqual([1, 2]);
  // 4 of 6 and 2 of 6; by class (2/4 + 2/2) / 2 and (1/4 + 1/2) / 2.
  expect(splits.test.accuracy?.mean).toBeCloseTo(0.5);
  expect(splits.test.accuracy?.deviation).toBeCloseTo(Math.SQRT2 / 6);
  expect(splits.test.balancedAccuracy?.mean).toBeCloseTo((0.75 + 0.375) / 2);
  expect(splits.train.accuracy?.mean).toBeCloseTo(0.75);
  expect(imagesPerSecond).toBeGreaterThan(0);
  expect(numbersOf(numbers, 'a').recall).toEqual({ first: 0.375, second: 0.75, third: null });
  expect(numbersOf(numbers, 'c')).toMatchObject({ seeds: [], imagesPerSecond: null, seconds: null });
  expect(numbersOf(numbers, 'c').splits.val.accuracy).toBeNull();
  expect(() => numbersOf(numbers, 'd')).toThrow('no variant d');
});

it('compare each variant with the first, on the seeds that both have', () => {
  const [experiment] = numbers.experiments;
  const [b, c] = experiment?.comparisons ?? [];
  expect(c).toBeNull();
  expect(b).toMatchObject({ variant: 'b', reference: 'a', seeds: [1] });
  // Of seed 1: 4/6 less 2/6.
  expect(b?.accuracy.estimate).toBeCloseTo(1 / 3);
  expect(b?.accuracy.overSeeds).toBeNull();
  expect(b?.accuracy.verdict.real).toBe(false);
});

it('count what is done of what is declared', () => {
  expect(numbers.runs).toEqual({ done: 3, declared: 6 });
  // Most of train is the first class: 2 of 4; on test that would be right 4 times of 6.
  expect(numbers.majority.test).toBeCloseTo(4 / 6);
});

it('are worded with signs and spreads', () => {
  expect(signedPoints(0.1312)).toBe('+13.1');
  expect(signedPoints(-0.0312)).toBe('−3.1');
  expect(signedPoints(-0.0002)).toBe('0.0');
  expect(rangeText({ low: -0.01, high: 0.02 })).toBe('−1.0 to +2.0');
  expect(spreadText({ count: 1, mean: 0.5, deviation: null, interval: null })).toBe('50.0');
  expect(spreadText({ count: 2, mean: 0.5, deviation: 0.012, interval: null })).toBe('50.0 ± 1.2');
  expect(spreadText(null)).toBe('-');
});

it('fill the answers', () => {
  const b = numbers.experiments[0]?.comparisons[0];
  if (!b) throw new Error('b is compared');
  const fill = (text: string) => fillAnswers(text, numbers, 'answers.md');
  expect(fill('On test {{accuracy test a}}, always the first class {{majority test}}.')).toBe(
    'On test 50.0 ± 23.6 %, always the first class 66.7 %.',
  );
  expect(fill('{{recall a second}}')).toBe('75.0 %');
  expect(fill('{{ difference b a }}')).toBe(differenceText(b.accuracy));
  for (const wrong of [
    '{{acuracy test a}}',
    '{{accuracy tests a}}',
    '{{accuracy test c}}',
    '{{difference c a}}',
    '{{}}',
  ]) {
    expect(() => fill(`x ${wrong}`)).toThrow(AreographError);
    expect(() => fill(`x ${wrong}`)).toThrow(wrong);
  }
});
