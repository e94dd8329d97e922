/** What the steps of a chunk are fed: images, augmented, and every random number, from the seed, the epoch and the step. */
import { fillUniform, permutation, stream, symmetricBeta } from '../export/random.ts';
import { elementCount } from '../export/tensorType.ts';
import type { Size } from './augmentation/affine.ts';
import { augmented } from './augmentation/augment.ts';
import type { RunConfig } from './config.ts';
import type { Pixels } from './data/pixels.ts';
import { rateFactor } from './schedule.ts';
import type { Chunk, MixupDraws, TrainingSession } from './trainingSession.ts';

/** What decides a chunk besides its place in the run. */
export type ChunkOptions = Pick<
  RunConfig,
  'batch' | 'seed' | 'epochs' | 'learningRate' | 'schedule' | 'augmentation' | 'mixup'
>;

export interface ChunkSource {
  /** Of the images. */
  readonly size: Size;
  /** Of what is cut out of them to be trained on. Default: all. */
  readonly crop?: Size;
  readonly config: ChunkOptions;
  readonly pixels: Pixels;
  readonly session: Pick<TrainingSession, 'uniformInputs'>;
  readonly stepsPerEpoch: number;
}

/** A step of a run, both counted from 0. */
export interface Place {
  readonly epoch: number;
  readonly step: number;
}

/**
 * The chunk of `steps` steps from a place on.
 *
 * @param order the images of the epoch, `batch` for each of its steps
 */
export function makeChunk(
  { size, crop = size, config, pixels, session, stepsPerEpoch }: ChunkSource,
  order: Int32Array,
  { epoch, step }: Place,
  steps: number,
): Chunk {
  const { batch, seed, epochs, mixup } = config;
  const indices = order.subarray(step * batch, (step + steps) * batch);
  const stepBytes = batch * crop.height * crop.width * 3;
  const images = new Uint8Array(steps * stepBytes);
  for (let i = 0; i < steps; i += 1) {
    const ofStep = readImages(pixels, indices.subarray(i * batch, (i + 1) * batch));
    const random = stream(seed, 'augmentation', epoch, step + i);
    images.set(augmented(ofStep, size, config.augmentation, random, crop), i * stepBytes);
  }
  const uniform = session.uniformInputs.map(({ name, dims }) => {
    const perStep = elementCount(dims);
    const numbers = new Float32Array(steps * perStep);
    for (let i = 0; i < steps; i += 1) {
      const random = stream(seed, name, epoch, step + i);
      fillUniform(random, numbers.subarray(i * perStep, (i + 1) * perStep));
    }
    return [name, numbers] as const;
  });
  return {
    steps,
    images,
    labels: Int32Array.from(indices, (index) => pixels.labels[index] ?? -1),
    learningRates: Float32Array.from({ length: steps }, (_, i) => {
      const stepOfRun = epoch * stepsPerEpoch + step + i;
      return config.learningRate * rateFactor(config.schedule, stepOfRun, { stepsPerEpoch, epochs });
    }),
    uniform: new Map(uniform),
    ...(mixup > 0 ? { mixup: drawMixup(config, { epoch, step }, steps) } : {}),
  };
}

function readImages(pixels: Pixels, indices: Int32Array): Uint8Array {
  const images = new Uint8Array(indices.length * pixels.imageBytes);
  pixels.read(indices, images);
  return images;
}

/** A share and a permutation of the batch for each step, as https://arxiv.org/abs/1710.09412 has it. */
function drawMixup({ batch, seed, mixup }: ChunkOptions, { epoch, step }: Place, steps: number): MixupDraws {
  const draws = Array.from({ length: steps }, (_, i) => {
    const random = stream(seed, 'mixup', epoch, step + i);
    return { share: symmetricBeta(random, mixup), partners: permutation(random, batch) };
  });
  return {
    partners: Int32Array.from(draws.flatMap(({ partners }) => [...partners])),
    shares: Float32Array.from(draws, ({ share }) => share),
  };
}
