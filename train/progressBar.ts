/** What a run shows while it works: a bar on a terminal, a line an epoch elsewhere. */
import { SingleBar } from 'cli-progress';
import type { Progress, RunConfig } from './config.ts';
import type { Split } from './data/dataset.ts';
import type { EpochMetrics } from './runFolder.ts';
import type { TrainingEvents } from './trainer.ts';

/** The bar of one task at a time; nothing is drawn where there is no terminal. */
export class TaskBar {
  #bar: SingleBar | undefined;
  #task = '';

  /** Shows `done` of `total` for the task of that name, with a text behind the bar. */
  update(task: string, done: number, total: number, text = ''): void {
    if (!process.stderr.isTTY) return;
    if (task !== this.#task) this.stop();
    if (this.#bar === undefined) {
      this.#bar = new SingleBar({
        format: '{task} [{bar}] {value}/{total} {text}',
        stream: process.stderr,
        barsize: 24,
        barCompleteChar: '=',
        barIncompleteChar: ' ',
        hideCursor: true,
        clearOnComplete: true,
        stopOnComplete: false,
      });
      this.#bar.start(total, done, { task, text });
      this.#task = task;
    }
    this.#bar.update(done, { task, text });
  }

  /** Clears the bar, so that lines can be printed. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#task = '';
  }
}

/** Draws what training reports; epochs are printed as lines on standard output. */
export function showTraining(bar: TaskBar, { epochs, batch }: RunConfig): TrainingEvents {
  return {
    onSteps({ epoch, step, loss, correct, seconds }: Progress, stepsPerEpoch) {
      const images = step * batch;
      const stepsLeft = (epochs - epoch) * stepsPerEpoch - step;
      const text = [
        `loss ${(loss / step).toFixed(3)}`,
        `accuracy ${percent(correct / images)}`,
        `${(images / seconds).toFixed(0)} images/s`,
        `${duration((seconds / step) * stepsLeft)} left`,
      ].join(', ');
      bar.update(`epoch ${epoch + 1}/${epochs}`, step, stepsPerEpoch, text);
    },
    onEvaluate(split: Split, done, total) {
      bar.update(`evaluating ${split}`, done, total);
    },
    onEpoch({ epoch, train, val, imagesPerSecond, seconds }: EpochMetrics) {
      bar.stop();
      console.log(
        `epoch ${epoch}/${epochs}: train loss ${train.loss.toFixed(3)}, accuracy ${percent(train.accuracy)}; ` +
          `val loss ${val.loss.toFixed(3)}, accuracy ${percent(val.accuracy)}; ` +
          `${imagesPerSecond.toFixed(0)} images/s, ${duration(seconds)}`,
      );
    },
  };
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** 3,725 as '1:02:05', 65 as '1:05'. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((part) => `${part}`.padStart(2, '0'))].join(':');
}
