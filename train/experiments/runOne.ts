/** One run of a study: trained to its end, then looked at from all sides. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toArchitecture } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';
import { summarize } from '../../dsl/summary.ts';
import { SPLITS } from '../data/listing.ts';
import type { PixelCache } from '../data/pixelCache.ts';
import { shiftedCache } from '../data/shiftedPixels.ts';
import type { Evaluation } from '../evaluator.ts';
import type { NamedTensor } from '../safetensors.ts';
import { type OnPrepare, resumeRun, type Started, startRun } from '../start.ts';
import { type TrainingEvents, train } from '../trainer.ts';
import { type Machine, runOptions } from './openResults.ts';
import type { PlannedRun } from './plan.ts';
import { type Result, resultFormat } from './result.ts';

export interface RunParts {
  readonly run: PlannedRun;
  /** Folder of the images. */
  readonly data: string;
  /** Folder of the run while it is under way: of what is there already, training goes on. */
  readonly work: string;
  readonly machine: Machine;
  readonly checkpointSeconds: number;
  readonly onPrepare: OnPrepare;
  readonly events: TrainingEvents;
  /** Told what could not be gone on with, and why. */
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

async function begin({ run, data, work, machine, onPrepare, onNote }: RunParts): Promise<Started> {
  if (existsSync(join(work, 'run.json'))) {
    try {
      return await resumeRun(work, onPrepare);
    } catch (error) {
      // Not finished, so nothing that is kept is lost; why it cannot be gone on with is said.
      if (!(error instanceof AreographError && error.code === 'run')) throw error;
      onNote(`${run.variant}, seed ${run.seed}, begins again. ${error.message}`);
    }
  }
  rmSync(work, { recursive: true, force: true });
  return startRun(
    { options: runOptions(run, machine), declare: () => run.model, data, out: work },
    onPrepare,
  );
}

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
