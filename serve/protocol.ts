/** What the main thread and the worker that classifies say to each other. */
import type { Problem } from '../dsl/errors.ts';
import type { SessionOptions } from '../runtime/session.ts';
import type { Answer } from './classifyImage.ts';

/** The worker's `workerData`: all that it needs to open its session. */
export interface Setup {
  /** The name of the model file, for messages. */
  readonly file: string;
  /** Its bytes, so that a worker that is started anew serves the same model even if the file has changed. */
  readonly model: Uint8Array;
  readonly options: SessionOptions;
}

export interface Request {
  readonly id: number;
  /** The bytes of an image file; transferred, so the sender's buffer is empty afterwards. */
  readonly image: ArrayBuffer;
}

/** An error as data: an AreographError's problem, or any other error, which postMessage copies with its stack. */
export type Failure = { readonly problem: Problem } | { readonly error: Error };

/** First of all the worker says whether it is ready, by the name of its model. */
export type Ready = { readonly ready: string } | { readonly failed: Failure };
export type Reply = { readonly id: number } & ({ readonly answer: Answer } | { readonly failed: Failure });
export type Message = Ready | Reply;
