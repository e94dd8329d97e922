import { describe, expect, it } from 'vitest';
import { chart } from '../../chart/chart.ts';
import type { FineTuningProgress } from './fineTuningParts.ts';
import { lossChart } from './lossChart.ts';
import { advanced, type Run, secondsLeft } from './run.ts';
import { newName } from './settings.ts';

const started: Run = {
  classes: [],
  settings: { name: 'mine', classes: ['a', 'b'], layers: 'head', epochs: 2, learningRate: 0.01, seed: 1 },
  base: 'cnn3x3',
  stopping: false,
  read: { done: 0, total: 3 },
  first: undefined,
  last: undefined,
  losses: [],
  epochs: [],
  result: undefined,
};

const heard: readonly (readonly [FineTuningProgress, number])[] = [
  [{ kind: 'images', done: 3, total: 3 }, 0],
  [{ kind: 'steps', done: 1, total: 12, stepsPerEpoch: 6, loss: 2 }, 1000],
  [{ kind: 'steps', done: 3, total: 12, stepsPerEpoch: 6, loss: 1.5 }, 2000],
  [{ kind: 'epoch', epoch: 1, heldBack: { loss: 0.75, accuracy: 0.5 } }, 2100],
];

function runAfter(events: number): Run {
  return heard.slice(0, events).reduce((run, [progress, at]) => advanced(run, progress, at), started);
}

describe('a run', () => {
  it('knows what it has heard', () => {
    const run = runAfter(heard.length);
    expect(run.read).toMatchObject({ done: 3, total: 3 });
    expect(run.losses).toEqual([
      { epoch: 1 / 6, loss: 2 },
      { epoch: 0.5, loss: 1.5 },
    ]);
    expect(run.epochs.map(({ heldBack }) => heldBack?.accuracy)).toEqual([0.5]);
  });

  it('reckons the time left by the pace between the first chunk, which compiles, and the newest', () => {
    expect(secondsLeft(runAfter(1))).toBeUndefined();
    expect(secondsLeft(runAfter(2))).toBeUndefined();
    // Two steps in a second, and nine are left.
    expect(secondsLeft(runAfter(3))).toBe(4.5);
  });

  it('has a curve that says its numbers, in the colours of the palette', async () => {
    const spec = lossChart(runAfter(heard.length));
    expect(spec.description).toBe(
      'Loss by epoch: of the images it learns from it went from 2.00 to 1.50; of held-back images it is 0.75.',
    );
    expect(await chart(spec)).toContain('held-back images');
    // Before the first epoch ends, and where nothing is held back.
    expect(await chart(lossChart(runAfter(2)))).toContain('</svg>');
  });
});

describe('the name of a new model', () => {
  it('says what it comes from, fits a file, and is no other model’s', () => {
    expect(newName('cnn3x3', new Set())).toBe('my-cnn3x3');
    expect(newName('cnn3x3', new Set(['my-cnn3x3']))).toBe('my-cnn3x3-2');
    expect(newName('my-cnn3x3', new Set(['my-cnn3x3', 'my-cnn3x3-2']))).toBe('my-cnn3x3-3');
    expect(newName('my-cnn3x3-2', new Set(['my-cnn3x3', 'my-cnn3x3-2']))).toBe('my-cnn3x3-3');
    expect(newName('resnet-18 (2)', new Set())).toBe('my-resnet-18-2');
    expect(newName('my-net (v1)', new Set())).toBe('my-net-v1');
    expect(newName('火星', new Set())).toBe('my-model');
  });
});
