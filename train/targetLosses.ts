/** The same steps on every device: losses of a model on noise, to compare devices by. */
import type { Model } from '../dsl/model.ts';
import { zoo } from '../dsl/zoo.ts';
import { type Optimizer, optimizerSchema } from '../export/optimizers.ts';
import { noiseBatch, noiseWeights, uniform } from '../export/reference/noise.ts';
import { targets } from '../export/targets.ts';
import { elementCount } from '../export/tensorType.ts';
import type { BatchInput } from '../export/trainingInterface.ts';
import { type Device, nodeRuntime } from '../runtime/session.ts';
import { type Chunk, compileTraining, TrainingSession } from './trainingSession.ts';

export interface NoiseTraining {
  readonly model: Model;
  readonly batch: number;
  readonly steps: number;
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  /** Layers that stay as they are. Default none. */
  readonly frozen?: readonly string[];
}

/** What the tests train: small, with everything that a network of the study has. */
export const smallTraining = {
  model: zoo.cnn3x3({ size: 16 }),
  batch: 4,
  optimizer: optimizerSchema.parse({ name: 'sgd' }),
  learningRate: 0.01,
} as const satisfies Omit<NoiseTraining, 'steps'>;

/** A session with weights of noise. */
export function openNoiseTraining(
  { model, batch, optimizer, frozen = [] }: NoiseTraining,
  device: Device,
): Promise<TrainingSession> {
  const compiled = compileTraining(model, { batch, optimizer, frozen, target: targets[device] });
  return TrainingSession.open(compiled, nodeRuntime({ device }), noiseWeights(model));
}

/** The loss of each step, in chunks as long as the session takes. */
export async function noiseLosses(training: NoiseTraining, session: TrainingSession): Promise<number[]> {
  const losses: number[] = [];
  while (losses.length < training.steps) {
    const steps = Math.min(session.longestChunk, training.steps - losses.length);
    const chunk = noiseChunk(training, session.uniformInputs, losses.length, steps);
    losses.push(...(await session.run(chunk)).losses);
  }
  return losses;
}

/** Steps `first` and following, with pixels, labels and random numbers of noise. */
export function noiseChunk(
  { model, batch, learningRate }: NoiseTraining,
  uniformInputs: readonly BatchInput[],
  first: number,
  steps: number,
): Chunk {
  const numbers = Array.from({ length: steps }, (_, i) => first + i);
  const batches = numbers.map((step) => noiseBatch(model, batch, step));
  return {
    steps,
    images: Uint8Array.from(batches.flatMap(({ images }) => [...images])),
    labels: Int32Array.from(batches.flatMap(({ labels }) => [...labels])),
    learningRates: new Float32Array(steps).fill(learningRate),
    uniform: new Map(
      uniformInputs.map(({ name, dims }) => {
        const drawn = numbers.flatMap((step) => [...uniform(`${name}/${step}`, elementCount(dims))]);
        return [name, Float32Array.from(drawn)];
      }),
    ),
  };
}

/** The largest relative difference between losses of the same step. */
export function spread(losses: readonly number[], others: readonly number[]): number {
  return Math.max(
    ...losses.map((loss, step) => Math.abs(loss - (others[step] ?? Number.NaN)) / Math.abs(loss)),
  );
}
