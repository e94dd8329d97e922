/** The best epoch, and the end of a run. */
import { expect, it } from 'vitest';
import { start } from './config.ts';
import { isBest, isOver, isStoppedEarly } from './earlyStopping.ts';

const best = { epoch: 3, accuracy: 0.7, loss: 1.2 };

it('takes the epoch with the monitored score, and the earlier of two equals', () => {
  const rightButUnsure = { accuracy: 0.8, loss: 1.5 };
  const wrongButSure = { accuracy: 0.6, loss: 1 };
  expect(isBest('accuracy', rightButUnsure, best)).toBe(true);
  expect(isBest('loss', rightButUnsure, best)).toBe(false);
  expect(isBest('accuracy', wrongButSure, best)).toBe(false);
  expect(isBest('loss', wrongButSure, best)).toBe(true);
  expect(isBest('accuracy', best, best)).toBe(false);
  expect(isBest('loss', best, best)).toBe(false);
  expect(isBest('accuracy', { accuracy: 0, loss: 9 }, null)).toBe(true);
});

it('ends a run after its epochs, or after its patience with the best', () => {
  const after = (epoch: number) => ({ ...start, epoch, best });
  const limits = (patience: number) => ({ epochs: 10, patience });
  expect([4, 5, 6].map((epoch) => isStoppedEarly(limits(2), after(epoch)))).toEqual([false, true, true]);
  expect([4, 5, 9, 10].map((epoch) => isOver(limits(2), after(epoch)))).toEqual([false, true, true, true]);
  expect([5, 9, 10].map((epoch) => isOver(limits(0), after(epoch)))).toEqual([false, false, true]);
  // What ends anyway is not stopped early, and what has not begun has no best epoch.
  expect(isStoppedEarly(limits(2), after(10))).toBe(false);
  expect(isOver(limits(1), start)).toBe(false);
});
