/** What a worker is asked, and what it answers: plain data, as it crosses between threads. */
import type { Problem } from '../dsl/errors.ts';
import type { Prediction as ModelPrediction } from '../runtime/classifier.ts';
import type { HeatMap } from '../runtime/heatMap.ts';
import type { RgbImage } from '../runtime/image.ts';

/** One image to classify. */
export interface Job {
  /** The bytes of an image file, or pixels. */
  readonly image: Uint8Array | RgbImage;
  /** Also say where in the image a class is: the most probable one, or the one at this place among the classes. */
  readonly explain?: 'top' | number;
}

export interface Prediction extends ModelPrediction {
  readonly explanation?: Explanation;
  readonly milliseconds: Milliseconds;
}

export interface Milliseconds {
  /** From being taken in to the start of its batch. */
  readonly queue: number;
  /** Decoding this image. */
  readonly decode: number;
  /** Inference of the batch that it was in. */
  readonly inference: number;
}

export interface Explanation {
  /** Place of the class in the model's order. */
  readonly classIndex: number;
  readonly map: HeatMap;
  /** The map as an RGBA PNG to lay over the image. */
  readonly png: Uint8Array;
}

/** A worker's answer to one job: all but the time in the queue, which it does not know. An error crosses as data. */
export type Reply =
  | {
      readonly prediction: Omit<Prediction, 'milliseconds'> & {
        readonly milliseconds: Omit<Milliseconds, 'queue'>;
      };
    }
  | { readonly failed: Failure };

/** An AreographError's problem, or any other error, which structured cloning copies with its stack. */
export type Failure = { readonly problem: Problem } | { readonly error: Error };
