/** One run of a study: trained to its end, then looked at from all sides. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toArchitecture } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';
import { summarize } from '../../dsl/summary.ts';
import type { NamedTensor } from '../../export/namedTensor.ts';
import type { RunConfig } from '../config.ts';
import type { Dataset } from '../data/dataset.ts';
import { SPLITS } from '../data/listing.ts';
import type { PixelCache } from '../data/pixelCache.ts';
import { shiftedCache } from '../data/shiftedPixels.ts';
import type { Evaluation } from '../evaluator.ts';
import { RunFolder } from '../runFolder.ts';
import type { RunOptions } from '../runOptions.ts';
import { hashOf, type OnPrepare, resumeRun, type Started, startRun, trainingOptions } from '../start.ts';
import { type TrainingEvents, train } from '../trainer.ts';
import { compileTraining } from '../trainingSession.ts';
import { type Machine, runOptions } from './openResults.ts';
import type { PlannedRun } from './plan.ts';
import { type Result, resultFormat } from './result.ts';
import { differences } from './settings.ts';

export interface RunParts {
  readonly run: PlannedRun;
  readonly dataset: Dataset;
  /** Folder of the run while it is under way: of what is there already, training goes on. */
  readonly work: string;
  readonly machine: Machine;
  readonly checkpointSeconds: number;
  readonly onPrepare: OnPrepare;
  readonly events: TrainingEvents;
  /** Told where it goes on, or what could not be gone on with, and why. */
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
}

export interface RunOutcome {
  readonly result: Result;
  /** Of the best epoch. */
  readonly weights: ReadonlyMap<string, NamedTensor>;
}

/** @returns undefined if the signal came before the end */
export async function runOne(parts: RunParts): Promise<RunOutcome | undefined> {
  const started = await begin(parts);
  try {
    const outcome = await train({
      ...started,
      checkpointSeconds: parts.checkpointSeconds,
      events: parts.events,
      signal: parts.signal,
    });
    if (!outcome.finished) return undefined;
    return await examine(started, parts);
  } finally {
    await started.session.close();
    await started.evaluator.close();
    for (const split of SPLITS) started.pixels[split].close();
  }
}

async function begin(parts: RunParts): Promise<Started> {
  const { run, dataset, work, machine, onPrepare, onNote } = parts;
  if (existsSync(join(work, 'run.json'))) {
    try {
      requireSameRun(RunFolder.open(work).config, parts);
      const started = await resumeRun(work, onPrepare);
      const { epoch, step } = started.progress;
      onNote(`${run.variant}, seed ${run.seed}, goes on in epoch ${epoch + 1} after step ${step}`);
      for (const note of started.notes) onNote(note);
      return started;
    } catch (error) {
      // Not finished, so nothing that is kept is lost; why it cannot be gone on with is said.
      if (!(error instanceof AreographError && error.code === 'run')) throw error;
      onNote(`${run.variant}, seed ${run.seed}, begins again. ${error.message}`);
    }
  }
  rmSync(work, { recursive: true, force: true });
  return startRun(
    { options: runOptions(run, machine), declare: () => run.model, data: dataset.directory, out: work },
    onPrepare,
  );
}

/** A study may have been changed, or the images moved, since the run was begun. */
function requireSameRun(begun: RunConfig, { run, dataset, machine, work }: RunParts): void {
  const options = runOptions(run, machine);
  const wanted = {
    ...Object.fromEntries(onHost.map((name) => [name, options[name]])),
    device: machine.device,
    images: [dataset.directory, dataset.fingerprint],
    architecture: toArchitecture(run.model),
    graph: hashOf(compileTraining(run.model, trainingOptions(options, dataset, machine.device))),
  };
  const found = {
    ...Object.fromEntries(onHost.map((name) => [name, begun[name]])),
    device: begun.device,
    images: [begun.data.directory, begun.data.fingerprint],
    architecture: begun.architecture,
    graph: begun.graph,
  };
  const paths = differences(wanted, found);
  if (paths.length === 0) return;
  throw new AreographError({
    code: 'run',
    where: work,
    expected: 'a run as the study declares it now',
    found: `one with another ${paths.join(', ')}`,
    next: '',
  });
}

/** Options that are not in the training graph. */
const onHost = [
  'epochs',
  'learningRate',
  'schedule',
  'augmentation',
  'permutePixels',
  'monitor',
  'patience',
  'seed',
  'mixup',
] as const satisfies readonly (keyof RunOptions & keyof RunConfig)[];

/** Sides of the image by which test images are moved, right, left, down and up. */
const shiftShares = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4] as const;
const directions = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;

async function examine(started: Started, { run, events, signal }: RunParts): Promise<RunOutcome | undefined> {
  const { folder, config, pixels, evaluator, model } = started;
  const weights = folder.readBest();
  const evaluate = (cache: PixelCache, split: (typeof SPLITS)[number]) =>
    evaluator.evaluate(weights, cache, signal, (done, total) => events.onEvaluate?.(split, done, total));

  const train = await evaluate(pixels.train, 'train');
  const val = await evaluate(pixels.val, 'val');
  const test = await evaluate(pixels.test, 'test');
  if (train === undefined || val === undefined || test === undefined) return undefined;

  const { height: size } = model.input;
  const shifts: Result['shifts'] = [];
  // A moved image of permuted pixels would be neither what was trained on nor what a camera could see.
  const distances = config.permutePixels
    ? []
    : new Set(shiftShares.map((share) => Math.max(1, Math.round(share * size))));
  for (const distance of distances) {
    for (const [x, y] of directions) {
      const [dx, dy] = [x * distance, y * distance];
      const moved = await evaluate(shiftedCache(pixels.test, size, dx, dy), 'test');
      if (moved === undefined) return undefined;
      shifts.push({ dx, dy, accuracy: moved.accuracy, consistency: agreement(moved, test) });
    }
  }

  const metrics = folder.readMetrics();
  const last = metrics.find(({ kind }) => kind === 'test');
  if (last === undefined) throw new Error('a finished run has its line of test');
  const { network, ...options } = run.settings;
  const { parameters, flops } = summarize(model);
  return {
    weights,
    result: {
      format: resultFormat,
      variant: run.variant,
      seed: run.seed,
      network,
      options,
      architecture: toArchitecture(model),
      fingerprint: config.data.fingerprint,
      graph: config.graph,
      preprocessing: config.preprocessing,
      device: config.device,
      threads: config.threads,
      environment: config.environment,
      finished: new Date().toISOString(),
      parameters,
      flops,
      epochs: metrics.flatMap((line) => {
        if (line.kind !== 'epoch') return [];
        const { kind: _, ...epoch } = line;
        return [epoch];
      }),
      bestEpoch: last.epoch,
      splits: { train: evaluated(train), val: evaluated(val), test: evaluated(test) },
      shifts,
    },
  };
}

function evaluated({ loss, predictions }: Evaluation): Result['splits']['test'] {
  return { loss, predictions: [...predictions] };
}

function agreement(one: Evaluation, other: Evaluation): number {
  const same = one.predictions.filter((label, image) => label === other.predictions[image]).length;
  return same / one.predictions.length;
}
