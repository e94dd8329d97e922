/** The models that a server answers with, as its routes see them. */
import type { ModelDescription } from '../runtime/classifier.ts';
import type { Job, Prediction } from './job.ts';

/** One version of one model. */
export interface ServedModel {
  /** Unique with the version. */
  readonly name: string;
  /** A whole number, as text. */
  readonly version: string;
  readonly description: ModelDescription;
  /**
   * Classifies one image; jobs wait their turn and go in batches.
   *
   * @param signal once aborted, a job that still waits is dropped and the promise rejects with the signal's reason
   * @throws RequestError 'overloaded', 'worker-lost'; AreographError 'format', 'image' or 'pixels' for an image that
   *   cannot be read, 'explain' if the model cannot be explained
   */
  classify(job: Job, signal: AbortSignal): Promise<Prediction>;
}

export interface Models {
  /** Whether there is a model to answer with. */
  readonly ready: boolean;
  /** By name, then by version, the newest first. */
  list(): readonly ServedModel[];
  /**
   * @param name by default that of the server's default model
   * @param version by default the newest
   * @throws RequestError 'model-not-found', or 'not-ready' if there is no model at all
   */
  get(name?: string, version?: string): ServedModel;
}
