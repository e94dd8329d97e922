/**
 * The worker thread that owns a session. `session.run` blocks its thread, so the thread that answers requests leaves
 * decoding and classifying to this one.
 */
import { on } from 'node:events';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { AreographError } from '../dsl/errors.ts';
import { type Classifier, openClassifier } from '../runtime/classifier.ts';
import { classifyImage } from './classifyImage.ts';
import type { Failure, Message, Reply, Request, Setup } from './protocol.ts';

if (parentPort === null) throw new Error('worker.ts runs as a worker thread');
await work(parentPort, workerData);

async function work(port: MessagePort, { file, model, options }: Setup): Promise<void> {
  const post = (message: Message) => port.postMessage(message);
  const opened = await openClassifier(model, options, file).catch(toFailure);
  if (!('classify' in opened)) {
    post({ failed: opened });
    return;
  }
  post({ ready: opened.metadata.name });
  // One after the other: side by side, large images would multiply the memory and not the speed, as a single run of
  // the session already uses every core.
  for await (const [request] of on(port, 'message')) post(await reply(opened, request));
}

async function reply(classifier: Classifier, { id, image }: Request): Promise<Reply> {
  try {
    return { id, answer: await classifyImage(classifier, new Uint8Array(image)) };
  } catch (error) {
    return { id, failed: toFailure(error) };
  }
}

function toFailure(error: unknown): Failure {
  if (error instanceof AreographError) return { problem: error.problem };
  return { error: error instanceof Error ? error : new Error(String(error)) };
}
