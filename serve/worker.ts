/**
 * What runs on a worker thread: one session, and the decoding of what it is fed. `session.run` blocks its thread, so the
 * thread that answers requests leaves both to this one.
 */
import { workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { AreographError } from '../dsl/errors.ts';
import { type ModelDescription, openClassifier, type Prediction } from '../runtime/classifier.ts';
import { decodeImage } from '../runtime/decode.ts';
import { heatMapPng } from '../runtime/heatMapPng.ts';
import type { RgbImage } from '../runtime/image.ts';
import type { ModelSource } from '../runtime/modelSource.ts';
import type { SessionOptions } from '../runtime/session.ts';
import type { Explanation, Failure, Job, Reply } from './job.ts';

/** The worker's `workerData`. The model comes as bytes: a worker that is started anew serves the same, whatever has become of the file. */
export interface Setup {
  readonly source: ModelSource;
  readonly options: SessionOptions;
  readonly maxPixels: number;
}

/** Decoded pixels that are held at once, unless one image alone has more. */
const pixelBudget = 4_000_000;

const { source, options, maxPixels }: Setup = workerData;
// Every worker has a thread, and libvips one for each image; more of them would only get in each other's way.
sharp.concurrency(1);
sharp.cache(false);
const opening = openClassifier(source, options);
// Whoever asks hears of it.
opening.catch(() => undefined);

export type Described = { readonly description: ModelDescription } | { readonly failed: Failure };

/** Opens the model and tries it, so that one which cannot answer is found out before anyone asks. */
export async function describe(): Promise<Described> {
  try {
    const classifier = await opening;
    const { height, width } = classifier.description.input;
    const grey = { height, width, data: new Uint8Array(height * width * 3).fill(128) };
    await classifier.predict([grey]);
    return { description: classifier.description };
  } catch (error) {
    return { failed: toFailure(error) };
  }
}

/** Answers each job in its place. */
export async function classify(jobs: readonly Job[]): Promise<Reply[]> {
  const replies: Reply[] = [];
  for await (const batch of decoded(jobs)) replies.push(...(await infer(batch)));
  return replies;
}

interface Decoded {
  readonly job: Job;
  readonly image: RgbImage;
  readonly milliseconds: number;
}
interface Failed {
  readonly failed: Failure;
}

/**
 * Jobs with their images, in groups of as many as {@link pixelBudget} allows. One image is decoded after the other: side
 * by side they would multiply the memory, and the other cores have workers of their own.
 */
async function* decoded(jobs: readonly Job[]): AsyncGenerator<(Decoded | Failed)[]> {
  let group: (Decoded | Failed)[] = [];
  let pixels = 0;
  for (const job of jobs) {
    try {
      const started = performance.now();
      const image = job.image instanceof Uint8Array ? await decodeImage(job.image, maxPixels) : job.image;
      group.push({ job, image, milliseconds: performance.now() - started });
      pixels += image.height * image.width;
    } catch (error) {
      group.push({ failed: toFailure(error) });
    }
    if (pixels < pixelBudget) continue;
    yield group;
    group = [];
    pixels = 0;
  }
  yield group;
}

/** Classifies a group together. */
async function infer(group: readonly (Decoded | Failed)[]): Promise<Reply[]> {
  const images = group.flatMap((each) => ('image' in each ? [each.image] : []));
  try {
    const started = performance.now();
    const predictions = (await (await opening).predict(images)).values();
    const inference = performance.now() - started;
    const replies: Reply[] = [];
    for (const each of group) {
      replies.push('image' in each ? await toReply(each, next(predictions), inference) : each);
    }
    return replies;
  } catch (error) {
    return group.map(() => ({ failed: toFailure(error) }));
  }
}

async function toReply(
  { job, image, milliseconds }: Decoded,
  prediction: Prediction,
  inference: number,
): Promise<Reply> {
  try {
    const explanation =
      job.explain === undefined
        ? {}
        : { explanation: await explain(image, job.explain, prediction.probabilities) };
    return {
      prediction: { ...prediction, ...explanation, milliseconds: { decode: milliseconds, inference } },
    };
  } catch (error) {
    return { failed: toFailure(error) };
  }
}

async function explain(
  image: RgbImage,
  wanted: 'top' | number,
  probabilities: Float32Array,
): Promise<Explanation> {
  const classIndex = wanted === 'top' ? probabilities.indexOf(Math.max(...probabilities)) : wanted;
  const map = await (await opening).explain(image, classIndex);
  return { classIndex, map, png: await heatMapPng(map, image) };
}

function next<T>(values: Iterator<T>): T {
  const { value, done } = values.next();
  if (done) throw new Error('fewer answers than images');
  return value;
}

function toFailure(error: unknown): Failure {
  if (error instanceof AreographError) return { problem: error.problem };
  return { error: error instanceof Error ? error : new Error(String(error)) };
}
