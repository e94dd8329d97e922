import { expect, it } from 'vitest';
import { chart } from '../../../chart/chart.ts';
import { atRest, transform } from '../../images/transform.ts';
import { ranges } from './sliders.ts';
import { type Curves, readingOf, sweepChart } from './sweepChart.ts';
import { isSwept, sweeps } from './sweeps.ts';

const point = (model: string, value: number, probability: number, first: boolean) => ({
  model,
  value,
  probability,
  first,
});
const points: Curves['points'] = [
  point('dense', -50, 0.1, false),
  point('cnn', -50, 0.8, true),
  point('dense', 0, 0.9, true),
  point('cnn', 0, 1, true),
];

it('has a line for each model, whatever is swept', async () => {
  for (const parameter of Object.keys(sweeps).filter(isSwept)) {
    const svg = await chart(sweepChart({ parameter, asked: 'wheel', photo: 'a.png', points }, 300));
    for (const text of ['>dense</text>', '>cnn</text>', 'probability of wheel']) expect(svg).toContain(text);
  }
});

it('is read in words', () => {
  expect(readingOf({ asked: 'wheel', points })).toEqual([
    'dense names wheel at 1 of 2 settings; its mean probability is 50 %.',
    'cnn names wheel at 2 of 2 settings; its mean probability is 90 %.',
  ]);
});

it('stays on its slider, and passes where nothing changes', () => {
  const image = { height: 2, width: 2, data: Uint8Array.from({ length: 12 }, (_, i) => 20 * i) };
  for (const parameter of Object.keys(sweeps).filter(isSwept)) {
    const { values } = sweeps[parameter];
    expect([values[0], values.at(-1)]).toEqual([ranges[parameter].min, ranges[parameter].max]);
    const still = values.filter((value) => value === 0);
    expect(still.map((value) => transform(image, { ...atRest, [parameter]: value }))).toEqual([image]);
  }
});
