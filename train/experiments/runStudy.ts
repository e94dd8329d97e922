/** Does the runs of a study that are not done yet, one after the other, and keeps what each came to. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';
import { encodeModelFile } from '../../export/modelFile.ts';
import { dataOf } from '../../export/namedTensor.ts';
import type { Dataset } from '../data/dataset.ts';
import { TaskBar } from '../progressBar.ts';
import { writeFileAtomic, writeTextAtomic } from '../writeFile.ts';
import { datasetRecord } from './datasetRecord.ts';
import { measure } from './measures.ts';
import { type Machine, type OpenResults, runKey } from './openResults.ts';
import type { PlannedRun } from './plan.ts';
import type { Result } from './result.ts';
import { type RunOutcome, runOne } from './runOne.ts';
import { StudyProgress } from './studyProgress.ts';

export interface StudyParts {
  readonly planned: readonly PlannedRun[];
  readonly results: OpenResults;
  /** Variants whose model is kept. */
  readonly keep: readonly string[];
  readonly dataset: Dataset;
  /** Folder of the runs that are under way. */
  readonly work: string;
  readonly machine: Machine;
  readonly signal: AbortSignal;
}

export interface StudyOutcome {
  /** False if the signal came before the end. */
  readonly finished: boolean;
  /** Runs that cannot be done, such as those that diverged, each with why. */
  readonly failed: readonly string[];
}

/** A run that fails does not keep the others from being done. */
export async function runStudy(parts: StudyParts): Promise<StudyOutcome> {
  const { planned, results, keep, dataset, machine, signal } = parts;
  const done = new Map(results.done);
  const failed: string[] = [];
  const bar = new TaskBar();
  const progress = new StudyProgress(
    planned,
    planned.map(runKey).filter((key) => done.has(key)),
    datasetRecord(dataset),
    bar,
  );
  try {
    for (const run of planned) {
      if (done.has(runKey(run))) continue;
      const folder = join(parts.work, runKey(run));
      const attempt = runOne({
        run,
        dataset,
        work: folder,
        machine,
        checkpointSeconds: 60,
        onPrepare: (task, ...counts) => bar.update(task, ...counts),
        events: progress.eventsOf(run),
        onNote(note) {
          bar.stop();
          console.log(note);
        },
        signal,
      });
      const outcome = await attempt.catch((error: unknown) => {
        if (!(error instanceof AreographError && error.code === 'run')) throw error;
        failed.push(`${run.variant}, seed ${run.seed}: ${error.message}`);
        return 'failed' as const;
      });
      if (outcome === 'failed') continue;
      if (outcome === undefined) return { finished: false, failed };
      if (keep.includes(run.variant)) keepIfBest(outcome, run, [...done.values()], results, dataset);
      done.set(runKey(run), outcome.result);
      writeTextAtomic(results.folder.runFile(run.variant, run.seed), `${JSON.stringify(outcome.result)}\n`);
      rmSync(folder, { recursive: true, force: true });
      progress.finish(run, outcome.result);
    }
    return { finished: true, failed };
  } finally {
    bar.stop();
  }
}

/**
 * Of a variant's seeds, the model of the one that is best on val is kept; of equal ones the first. Where the file was
 * deleted, the next one takes its place: what trained it is gone.
 */
function keepIfBest(
  { result, weights }: RunOutcome,
  { model }: PlannedRun,
  done: readonly Result[],
  { folder }: OpenResults,
  { classes, name, fingerprint, synthetic, splits }: Dataset,
): void {
  const labels = splits.val.map(({ label }) => label);
  const accuracy = (run: Result) => measure(labels, run.splits.val.predictions, classes.length).accuracy;
  const file = folder.modelFile(result.variant);
  const others = done.filter(({ variant }) => variant === result.variant);
  if (existsSync(file) && others.some((other) => accuracy(other) >= accuracy(result))) return;
  const bytes = encodeModelFile(model, dataOf(weights), {
    weightType: 'float16',
    classes: [...classes],
    provenance: {
      data: name,
      synthetic,
      fingerprint,
      seed: result.seed,
      epoch: result.bestEpoch,
      valAccuracy: accuracy(result),
    },
  });
  writeFileAtomic(file, [bytes]);
}
