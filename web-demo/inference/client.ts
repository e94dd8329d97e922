/** The page's end of the worker. */
import { type Connection, connect } from '../connection.ts';
import type { Inference } from './inference.ts';

/** Starts a worker of its own. */
export function startInference(): Connection<Inference> {
  const worker = new Worker(new URL('./inferenceWorker.ts', import.meta.url), { type: 'module' });
  return connect(worker, 'what runs the models');
}
