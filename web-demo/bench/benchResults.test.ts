import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareImages } from '../testing/compareImages.ts';
import { barModel, benchResultsSchema, type Round, summarize } from './benchResults.ts';
import { decodingResultsSchema } from './decodingResults.ts';

const round = (answered: number, browser: number, node: number): Round => ({
  coldLoad: { plain: { usable: 100, answered }, isolated: { usable: 110, answered: answered + 10 } },
  steady: { [barModel]: { browser: { 1: browser, 2: browser / 2 }, node } },
});

describe('the summary', () => {
  it('has the medians of the rounds, and of the ratios within them', () => {
    const { coldLoad, steady, bars } = summarize([
      round(900, 30, 10),
      round(2100, 20, 4),
      round(1000, 50, 5),
    ]);
    expect(coldLoad).toEqual({
      plain: { usable: 100, answered: 1000 },
      isolated: { usable: 110, answered: 1010 },
    });
    expect(steady).toEqual([
      { model: barModel, browser: { 1: 30, 2: 15 }, node: 5, ratio: { 1: 5, 2: 2.5 } },
    ]);
    expect(bars.map(({ holds }) => holds)).toEqual([true, true, true]);
  });

  it('says which bars are missed', () => {
    const { bars } = summarize([round(1995, 41, 10)]);
    expect(bars.map(({ found, holds }) => [found, holds])).toEqual([
      [1995, true],
      [2005, false],
      [41, false],
    ]);
  });
});

describe('what is kept', () => {
  it.each([
    ['bench.json', benchResultsSchema],
    ['decoding.json', decodingResultsSchema],
  ] as const)('%s is as its schema has it', (name, schema) => {
    const file = new URL(`../../results/demo/${name}`, import.meta.url);
    expect(() => schema.parse(JSON.parse(readFileSync(file, 'utf8')))).not.toThrow();
  });

  it('has the summary of its own rounds', () => {
    const file = new URL('../../results/demo/bench.json', import.meta.url);
    const results = benchResultsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(results).toMatchObject(summarize(results.rounds));
  });
});

describe('two images', () => {
  it('are compared value by value', () => {
    const a = { width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };
    const b = { width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 46, 47, 60) };
    expect(compareImages(a, b)).toEqual({ largest: 6, mean: 1.5, differing: 0.5 });
    expect(() => compareImages(a, { ...b, width: 1, height: 2 })).toThrow('2 x 1 beside 1 x 2');
  });
});
