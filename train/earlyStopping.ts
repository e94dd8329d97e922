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
export function isBest(monitor: Monitor, now: Scores, best: Scores | null): boolean {
  return best === null || better[monitor](now, best);
}

type Limits = Pick<RunConfig, 'epochs' | 'patience'>;

/** Whether all epochs are done, or early stopping ends the run. */
export function isOver(limits: Limits, progress: Progress): boolean {
  return progress.epoch >= limits.epochs || isStoppedEarly(limits, progress);
}

/** Whether there are epochs left, but `patience` of them have not beaten the best one. */
export function isStoppedEarly({ epochs, patience }: Limits, { epoch, best }: Progress): boolean {
  return epoch < epochs && patience > 0 && best !== null && epoch - best.epoch >= patience;
}
