/** The bare loop on a thread: decode, `session.run`, again. */
import { workerData } from 'node:worker_threads';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { readModelMetadata } from '../../export/modelFile.ts';
import { encodeModel } from '../../export/onnx.ts';
import { preprocessingGraph } from '../../export/preprocess.ts';
import { decodeImage } from '../../runtime/decode.ts';
import type { RgbImage } from '../../runtime/image.ts';
import { openSession } from '../../runtime/session.ts';
import { rotate } from './rotate.ts';

/** The thread's `workerData`. */
export interface LimitSetup {
  /** A model file of this project. */
  readonly model: Uint8Array;
  readonly files: readonly Uint8Array[];
  /** Threads of the session. */
  readonly threads: number;
}

export interface LimitTurn {
  /** Images that go into the session together. */
  readonly batch: number;
  readonly seconds: number;
  /** Place of the first image: threads that run side by side begin at different ones. */
  readonly first: number;
}

const { model, files, threads }: LimitSetup = workerData;
const options = { device: 'cpu', threads } as const;
const { input } = fromArchitecture(readModelMetadata(model, 'the model').architecture);
const { height, width } = input;
const session = await openSession(model, options);
const resizing = await openSession(encodeModel(preprocessingGraph(input)), options);

/** How many images it gets through in the time. */
export async function loop({ batch, seconds, first }: LimitTurn): Promise<number> {
  sharp.concurrency(threads);
  sharp.cache(false);
  const end = performance.now() + seconds * 1000;
  const next = rotate(files, first);
  let done = 0;
  while (performance.now() < end) {
    const images = await Promise.all(Array.from({ length: batch }, () => decodeImage(next.next().value)));
    await session.run({ image: await together(images) });
    done += batch;
  }
  return done;
}

/** One goes as it is; several at the size that the model would resize them to. */
async function together(images: readonly RgbImage[]): Promise<Tensor> {
  const [only] = images;
  if (only !== undefined && images.length === 1) return toTensor(only);
  const pixels = new Uint8Array(images.length * height * width * 3);
  for (const [i, image] of images.entries()) {
    const resized = await resizing.run({ image: toTensor(image) });
    pixels.set(pixelsOf(resized), i * height * width * 3);
  }
  return new Tensor('uint8', pixels, [images.length, height, width, 3]);
}

function pixelsOf({ pixels }: InferenceSession.OnnxValueMapType): Uint8Array {
  if (pixels?.data instanceof Uint8Array) return pixels.data;
  throw new Error('pixels are not as declared');
}

function toTensor({ data, height, width }: RgbImage): Tensor {
  return new Tensor('uint8', data, [1, height, width, 3]);
}
