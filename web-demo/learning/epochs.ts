/** The epochs of a fine-tuning: chunks of steps, the held-back images after each epoch, the best weights kept. */
import { AreographError } from '../../dsl/errors.ts';
import type { NamedTensor } from '../../export/namedTensor.ts';
import { augmentationPresets } from '../../train/augmentation/schema.ts';
import { type ChunkSource, makeChunk } from '../../train/chunk.ts';
import { isBest } from '../../train/earlyStopping.ts';
import type { Evaluation } from '../../train/evaluator.ts';
import { nextTask } from '../../train/nextTask.ts';
import { scheduleSchema } from '../../train/schedule.ts';
import type { TrainingSession } from '../../train/trainingSession.ts';
import { balancedOrder } from './balancedOrder.ts';
import type { FineTuned, FineTuningParts } from './fineTuningParts.ts';

/** Images in a step: few, so that a handful of images makes several steps. */
export const batch = 16;

/** Steps of an epoch, at least: a few images are seen several times, each time augmented in another way. */
const fewestSteps = 6;

/** Epochs after the best one at which training ends. */
const patience = 10;

/** A chunk is as long as about this many seconds take, so that progress is seen and a stop is heard. */
const chunkSeconds = 0.2;

const schedule = scheduleSchema.parse({ name: 'cosine' });

export interface Best {
  /** As in {@link FineTuned}. */
  readonly epoch: FineTuned['epoch'];
  readonly weights: ReadonlyMap<string, NamedTensor>;
  /** Undefined where no image is held back: then the last epoch counts as the best. */
  readonly evaluation: Evaluation | undefined;
}

export interface Epochs
  extends Pick<FineTuningParts, 'settings' | 'signal' | 'onProgress'>,
    Pick<ChunkSource, 'size' | 'pixels'> {
  readonly session: TrainingSession;
  /** Whether the weights to start from count among the best. */
  readonly goesOn: boolean;
  /** What weights make of the held-back images, if there are any. */
  evaluate(weights: Best['weights']): Promise<Evaluation | undefined>;
}

/**
 * Trains until the epochs are done, the held-back loss has not got better for long, or the signal comes.
 *
 * @returns the weights of the least held-back loss
 * @throws AreographError 'run' if training diverges
 */
export async function train(parts: Epochs): Promise<Best> {
  const { settings, goesOn, signal } = parts;
  const images = settings.classes.length * largestClass(parts.pixels.labels);
  const stepsPerEpoch = Math.max(fewestSteps, Math.ceil(images / batch));
  const config = { ...settings, batch, schedule, augmentation: augmentationPresets.light, mixup: 0 };
  const source = { ...parts, config, stepsPerEpoch };
  let best = goesOn ? await judge(parts, 0, undefined) : undefined;
  for (let epoch = 1; epoch <= settings.epochs; epoch += 1) {
    await runEpoch(parts, source, epoch - 1);
    // One that was stopped in its midst counts if there is no other.
    if (signal.aborted && best !== undefined) break;
    best = await judge(parts, epoch, best);
    if (signal.aborted || epoch - best.epoch >= patience) break;
  }
  if (best === undefined) throw new Error('a run has at least one epoch');
  return best;
}

/** The steps of an epoch, counted from 0, until the signal comes. */
async function runEpoch(
  { settings, session, signal, onProgress }: Epochs,
  source: ChunkSource,
  epoch: number,
): Promise<void> {
  const { stepsPerEpoch, pixels } = source;
  const order = balancedOrder(pixels.labels, stepsPerEpoch * batch, settings.seed, epoch);
  let steps = 1;
  for (let step = 0; step < stepsPerEpoch && !signal.aborted; ) {
    const began = performance.now();
    const count = Math.min(steps, session.longestChunk, stepsPerEpoch - step);
    const { losses } = await session.run(makeChunk(source, order, { epoch, step }, count));
    const loss = losses.reduce((sum, each) => sum + each, 0) / count;
    if (!Number.isFinite(loss)) throw diverged(settings, epoch + 1, loss);
    steps = Math.max(1, Math.floor((1000 * chunkSeconds * count) / (performance.now() - began)));
    step += count;
    onProgress({
      kind: 'steps',
      done: epoch * stepsPerEpoch + step,
      total: settings.epochs * stepsPerEpoch,
      stepsPerEpoch,
      loss,
    });
    await nextTask();
  }
}

/** The weights as they are now, if they beat the best so far, else those. */
async function judge(
  { settings, session, onProgress, evaluate }: Epochs,
  epoch: number,
  best: Best | undefined,
): Promise<Best> {
  const weights = await session.parameters();
  const evaluation = await evaluate(weights);
  if (evaluation !== undefined && !Number.isFinite(evaluation.loss)) {
    throw diverged(settings, epoch, evaluation.loss);
  }
  onProgress({
    kind: 'epoch',
    epoch,
    heldBack: evaluation && { loss: evaluation.loss, accuracy: evaluation.accuracy },
  });
  await nextTask();
  const isBetter = evaluation === undefined || isBest('loss', evaluation, best?.evaluation ?? null);
  return isBetter || best === undefined ? { epoch, weights, evaluation } : best;
}

function largestClass(labels: Int32Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values());
}

function diverged({ learningRate }: Epochs['settings'], epoch: number, loss: number): AreographError {
  return new AreographError({
    code: 'run',
    where: `epoch ${epoch}`,
    expected: 'a loss that falls',
    found: `${loss}: training diverged`,
    next: `Train again with a lower learning rate than ${learningRate}.`,
  });
}
