/** Does the runs of a study that are not done yet, one after the other, and keeps what each came to. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeModelFile } from '../../export/modelFile.ts';
import type { Dataset } from '../data/dataset.ts';
import { TaskBar } from '../progressBar.ts';
import { dataOf } from '../safetensors.ts';
import { writeFileAtomic, writeTextAtomic } from '../writeFile.ts';
import { datasetRecord } from './datasetRecord.ts';
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

/** @returns whether all are done; false if the signal came before */
export async function runStudy(parts: StudyParts): Promise<boolean> {
  const { planned, results, keep, dataset, machine, signal } = parts;
  const done = new Map(results.done);
  const bar = new TaskBar();
  const progress = new StudyProgress(planned, done.keys(), datasetRecord(dataset), bar);
  try {
    for (const run of planned) {
      if (done.has(runKey(run))) continue;
      const folder = join(parts.work, runKey(run));
      const outcome = await runOne({
        run,
        data: dataset.directory,
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
      if (outcome === undefined) return false;
      if (keep.includes(run.variant)) keepIfBest(outcome, run, [...done.values()], results, dataset);
      done.set(runKey(run), outcome.result);
      writeTextAtomic(results.folder.runFile(run.variant, run.seed), `${JSON.stringify(outcome.result)}\n`);
      rmSync(folder, { recursive: true, force: true });
      progress.finish(run, outcome.result);
    }
    return true;
  } finally {
    bar.stop();
  }
}

/** Of a variant's seeds, the model of the one that is best on val is kept; of equal ones the first. */
function keepIfBest(
  { result, weights }: RunOutcome,
  { model }: PlannedRun,
  done: readonly Result[],
  { folder }: OpenResults,
  { classes, name, fingerprint, synthetic, splits }: Dataset,
): void {
  const accuracy = ({ splits: { val } }: Result) =>
    val.predictions.filter((label, image) => label === splits.val[image]?.label).length;
  const file = folder.modelFile(result.variant);
  const others = done.filter(({ variant }) => variant === result.variant);
  if (existsSync(file) && others.some((other) => accuracy(other) >= accuracy(result))) return;
  mkdirSync(dirname(file), { recursive: true });
  const bytes = encodeModelFile(model, dataOf(weights), {
    weightType: 'float16',
    classes: [...classes],
    provenance: {
      data: name,
      synthetic,
      fingerprint,
      seed: result.seed,
      epoch: result.bestEpoch,
      valAccuracy: accuracy(result) / splits.val.length,
    },
  });
  writeFileAtomic(file, [bytes]);
}
