/** The training loop: epochs of chunks, checkpoints, the choice of the best, one look at test. */
import { AreographError } from '../dsl/errors.ts';
import type { NamedTensor } from '../export/namedTensor.ts';
import { stream } from '../export/random.ts';
import { makeChunk } from './chunk.ts';
import type { Progress, RunConfig } from './config.ts';
import type { PixelCache } from './data/pixelCache.ts';
import type { Pixels } from './data/pixels.ts';
import { isBest, isOver } from './earlyStopping.ts';
import type { Evaluator } from './evaluator.ts';
import { type FinishParts, finishRun } from './finishRun.ts';
import { nextTask } from './nextTask.ts';
import type { EpochMetrics, Metrics } from './runFolder.ts';
import { drawnImages } from './sampling.ts';
import { joined, pseudoLabels } from './selfTraining.ts';
import type { TrainingSession } from './trainingSession.ts';

/** A chunk is as long as about this many seconds take: short enough to stop soon, long enough to keep the state in the loop. */
const chunkSeconds = 2;

/** Bytes of the images of a chunk, at most, if that is a step or more: a fast device would ask for gigabytes. */
const chunkBytes = 2 ** 27;

export interface TrainingEvents extends Pick<FinishParts['events'], 'onEvaluate'> {
  /** After each chunk: what the epoch has come to so far. */
  onSteps?(progress: Progress, stepsPerEpoch: number): void;
  onEpoch?(metrics: EpochMetrics): void;
}

export interface TrainerParts extends Omit<FinishParts, 'events'> {
  readonly session: TrainingSession;
  /** What is trained on: the images of train, and for self-training those of val. */
  readonly trainingPixels: Readonly<Record<'train' | 'val', PixelCache>>;
  /** Of the network's own answers. */
  readonly evaluator: Evaluator;
  readonly progress: Progress;
  /** Seconds between checkpoints within an epoch; one is written after each epoch too. */
  readonly checkpointSeconds: number;
  readonly events: TrainingEvents;
  /** When it is aborted, the chunk under way is finished, a checkpoint is written, and training ends early. */
  readonly signal: AbortSignal;
}

export type Outcome =
  | { readonly finished: false; readonly progress: Progress }
  | { readonly finished: true; readonly metrics: readonly Metrics[] };

/**
 * Trains from `progress` to the end. All that decides the weights is drawn from the seed, the epoch and the
 * step, so that a run that was stopped and resumed ends in the same bits, however its chunks were cut.
 *
 * @throws AreographError 'storage' if a checkpoint cannot be written; the one before it stays
 */
export async function train(parts: TrainerParts): Promise<Outcome> {
  const { config, folder, session, events, signal, checkpointSeconds } = parts;
  const { train: images } = parts.trainingPixels;
  const stepsPerEpoch = stepsIn(images.count, config.batch);
  const stepBytes = config.batch * images.imageBytes;
  const longest = Math.min(session.longestChunk, Math.max(1, Math.floor(chunkBytes / stepBytes)));
  let { progress } = parts;
  const written = folder.readMetrics();
  // Test is looked at once: a run that is over stays as it is.
  if (isOver(config, progress) && written.some(({ kind }) => kind === 'test')) {
    return { finished: true, metrics: written };
  }
  // Lines past the checkpoint were written by a process that was killed before its checkpoint was.
  let metrics = written.filter(({ kind, epoch }) => kind === 'epoch' && epoch <= progress.epoch);
  let saved = performance.now();
  const save = async () => {
    const tensors = await session.state();
    requireFinite(sumOf(tensors), 'weights', progress, config);
    folder.writeLast({ tensors, progress });
    saved = performance.now();
  };

  const size = { height: config.trainSize, width: config.trainSize };
  const crop = { height: config.crop, width: config.crop };
  let steps = 1;
  let epoch = imagesOfEpoch(parts, progress);
  while (!isOver(config, progress)) {
    if (progress.step < stepsPerEpoch) {
      const began = performance.now();
      const count = Math.min(steps, longest, stepsPerEpoch - progress.step);
      const source = { size, crop, config, pixels: epoch.pixels, session, stepsPerEpoch };
      const { losses, correct } = await session.run(makeChunk(source, epoch.order, progress, count));
      const seconds = (performance.now() - began) / 1000;
      steps = Math.max(1, Math.round((chunkSeconds * count) / seconds));
      progress = {
        ...progress,
        step: progress.step + count,
        loss: losses.reduce((sum, loss) => sum + loss, progress.loss),
        correct: correct.reduce((sum, right) => sum + right, progress.correct),
        seconds: progress.seconds + seconds,
      };
      events.onSteps?.(progress, stepsPerEpoch);
      requireFinite(progress.loss, 'loss', progress, config);
      await nextTask();
      if (signal.aborted) {
        await save();
        return { finished: false, progress };
      }
      if (performance.now() - saved > checkpointSeconds * 1000) await save();
    } else {
      const ended = await finishEpoch(parts, progress, stepsPerEpoch);
      if (ended !== undefined) {
        ({ progress } = ended);
        epoch = imagesOfEpoch(parts, progress);
        metrics = [...metrics, ended.metrics];
        folder.writeMetrics(metrics);
        events.onEpoch?.(ended.metrics);
      }
      await save();
      if (signal.aborted) return { finished: false, progress };
    }
  }
  if (progress.best === null) throw new Error('a finished run has a best epoch');
  const test = await finishRun(parts, progress.best.epoch);
  if (test === undefined) return { finished: false, progress };
  metrics = [...metrics, test];
  folder.writeMetrics(metrics);
  return { finished: true, metrics };
}

/** Steps of an epoch: images beyond the last whole batch are left out, others in each epoch. */
export function stepsIn(images: number, batch: number): number {
  return Math.floor(images / batch);
}

/**
 * What an epoch is trained on: the labelled images, and with self-training those of val under pseudo-labels. The order is
 * drawn once, not for each chunk, since it takes the longer the more images there are.
 */
function imagesOfEpoch(
  { config, trainingPixels }: TrainerParts,
  { epoch, pseudoLabels }: Progress,
): { readonly pixels: Pixels; readonly order: Int32Array } {
  const { train, val } = trainingPixels;
  const all = pseudoLabels.length === 0 ? train : joined(train, val, pseudoLabels);
  const random = stream(config.seed, 'shuffle', epoch);
  return { pixels: all, order: drawnImages(all.labels, config.classBalance, train.count, random) };
}

async function finishEpoch(
  { model, config, folder, session, evaluator, pixels, events, signal }: TrainerParts,
  progress: Progress,
  stepsPerEpoch: number,
): Promise<{ progress: Progress; metrics: EpochMetrics } | undefined> {
  const weights = await session.parameters();
  const val = await evaluator.evaluate(weights, pixels.val, signal, (done, total) =>
    events.onEvaluate?.('val', done, total),
  );
  if (val === undefined) return undefined;
  requireFinite(sumOf(weights) + val.loss, 'weights', progress, config);
  const epoch = progress.epoch + 1;
  const { after, confidence } = config.selfTraining;
  const images = stepsPerEpoch * config.batch;
  const improved = isBest(config.monitor, val, progress.best);
  if (improved) folder.writeBest(weights, epoch);
  return {
    progress: {
      epoch,
      step: 0,
      loss: 0,
      correct: 0,
      seconds: 0,
      pseudoLabels:
        after > 0 && epoch >= after ? pseudoLabels(val.probabilities, model.classes, confidence) : [],
      best: improved ? { epoch, accuracy: val.accuracy, loss: val.loss } : progress.best,
    },
    metrics: {
      kind: 'epoch',
      epoch,
      train: { loss: progress.loss / stepsPerEpoch, accuracy: progress.correct / images },
      val: { loss: val.loss, accuracy: val.accuracy },
      imagesPerSecond: images / progress.seconds,
      seconds: progress.seconds,
    },
  };
}

/** Finite unless one of the numbers is not: 0 times infinity is not a number. */
function sumOf(tensors: ReadonlyMap<string, NamedTensor>): number {
  let sum = 0;
  for (const { data } of tensors.values()) for (let i = 0; i < data.length; i += 1) sum += 0 * (data[i] ?? 0);
  return sum;
}

/** Nothing that diverged is ever saved, so that what was saved before can be gone on from. */
function requireFinite(
  value: number,
  what: 'loss' | 'weights',
  { epoch, step }: Progress,
  { learningRate }: RunConfig,
): void {
  if (Number.isFinite(value)) return;
  throw new AreographError({
    code: 'run',
    where: `epoch ${epoch + 1}, step ${step}`,
    expected: `finite ${what}`,
    found: what === 'loss' ? `${value}` : 'some that are not: training diverged',
    next: `Train again with a lower --learning-rate than ${learningRate}; no checkpoint was written of this.`,
  });
}
