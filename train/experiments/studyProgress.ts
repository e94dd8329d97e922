/** What a study shows while it runs: how far the whole is, and a line for each run that is done. */
import { duration, percent, type TaskBar } from '../progressBar.ts';
import type { TrainingEvents } from '../trainer.ts';
import { measure } from './measures.ts';
import { runKey } from './openResults.ts';
import { type PlannedRun, work } from './plan.ts';
import type { DatasetRecord, Result } from './result.ts';

export class StudyProgress {
  readonly #planned: readonly PlannedRun[];
  readonly #splits: DatasetRecord['splits'];
  readonly #classes: number;
  readonly #bar: TaskBar;
  readonly #done: Set<string>;
  /** Of the runs that were done here: seconds, evaluation included, and the work done in them. */
  #seconds = 0;
  #worked = 0;
  #began = 0;

  /** @param done of the planned runs, the keys of those that are done already */
  constructor(
    planned: readonly PlannedRun[],
    done: Iterable<string>,
    { splits, classes }: DatasetRecord,
    bar: TaskBar,
  ) {
    this.#classes = classes.length;
    this.#planned = planned;
    this.#splits = splits;
    this.#bar = bar;
    this.#done = new Set(done);
  }

  /** To be given to the training of that run. */
  eventsOf(run: PlannedRun): TrainingEvents {
    const name = `run ${this.#done.size + 1}/${this.#planned.length}, ${run.variant}, seed ${run.seed}`;
    const { epochs } = run.settings;
    const batch = Math.min(run.settings.batch, this.#splits.train.labels.length);
    this.#began = performance.now();
    return {
      onSteps: ({ epoch, step, correct, seconds }, stepsPerEpoch) => {
        const steps = epochs * stepsPerEpoch;
        const done = epoch * stepsPerEpoch + step;
        const ofRun = this.#workOf(run);
        // The epoch under way tells the machine's speed until a run is done.
        const speed = (this.#worked + (ofRun * step) / steps) / (this.#seconds + seconds);
        const left = this.#workLeft() - (ofRun * done) / steps;
        const text = `accuracy ${percent(correct / (step * batch))}, ${duration(left / speed)} left in all`;
        this.#bar.update(name, done, steps, text);
      },
      onEvaluate: (split, done, total) => this.#bar.update(`${name}: ${split}`, done, total),
    };
  }

  finish(run: PlannedRun, result: Result): void {
    this.#done.add(runKey(run));
    const seconds = (performance.now() - this.#began) / 1000;
    this.#seconds += seconds;
    this.#worked += this.#workOf(run);
    this.#bar.stop();
    const accuracies = (['train', 'val', 'test'] as const).map((split) => {
      const { accuracy } = measure(
        this.#splits[split].labels,
        result.splits[split].predictions,
        this.#classes,
      );
      return `${split} ${percent(accuracy)}`;
    });
    console.log(
      `${this.#done.size}/${this.#planned.length} ${run.variant}, seed ${run.seed}: accuracy ${accuracies.join(', ')} (${duration(seconds)})`,
    );
  }

  #workOf(run: PlannedRun): number {
    return work(run, this.#splits.train.labels.length);
  }

  #workLeft(): number {
    const left = this.#planned.filter((run) => !this.#done.has(runKey(run)));
    return left.reduce((sum, run) => sum + this.#workOf(run), 0);
  }
}
