/** Which epoch is the best, and when waiting for a better one ends. Pure functions of the progress: a resumed run decides alike. */
import type { Progress, RunConfig } from './config.ts';
import type { Monitor } from './runOptions.ts';

interface Scores {
  readonly accuracy: number;
  readonly loss: number;
}

const better: { readonly [M in Monitor]: (now: Scores, before: Scores) => boolean } = {
  accuracy: (now, before) => now.accuracy > before.accuracy,
  loss: (now, before) => now.loss < before.loss,
};

/** Whether an epoch's scores on val beat those of the best so far; a draw does not. */
export function isBest({ monitor }: RunConfig, now: Scores, best: Progress['best']): boolean {
  return best === null || better[monitor](now, best);
}

/** Whether all epochs are done, or as many as `patience` since the best one. */
export function isOver({ epochs, patience }: RunConfig, progress: Progress): boolean {
  return progress.epoch >= epochs || isStoppedEarly({ epochs, patience }, progress);
}

export function isStoppedEarly(
  { epochs, patience }: Pick<RunConfig, 'epochs' | 'patience'>,
  { epoch, best }: Progress,
): boolean {
  return epoch < epochs && patience > 0 && best !== null && epoch - best.epoch >= patience;
}
