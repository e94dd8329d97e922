import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { forEachParallel } from './parallel.ts';

it('works on every item once, in order of starting, and never on more at once than allowed', async () => {
  const started: number[] = [];
  let inWork = 0;
  let most = 0;
  await forEachParallel([9, 8, 7, 6, 5], 2, async (item, index) => {
    expect(item).toBe(9 - index);
    started.push(index);
    most = Math.max(most, ++inWork);
    await sleep(item);
    inWork--;
  });
  expect(started).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
});

it('starts nothing after a failure, and fails only when what was started has ended', async () => {
  const ended: number[] = [];
  const failing = forEachParallel([0, 1, 2, 3, 4], 2, async (item) => {
    if (item === 0) throw new Error('first');
    await sleep(10);
    ended.push(item);
  });
  await expect(failing).rejects.toThrow('first');
  expect(ended).toEqual([1]);
});
