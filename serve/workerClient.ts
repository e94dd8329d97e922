/** One worker thread, seen from the main thread: requests out, answers or typed errors back, until it ends. */
import { Worker } from 'node:worker_threads';
import { AreographError } from '../dsl/errors.ts';
import type { Answer } from './classifyImage.ts';
import type { Failure, Message, Reply, Request, Setup } from './protocol.ts';

/** The worker died before it answered. The request itself may be fine: it can be sent again. */
export class WorkerLost extends Error {
  constructor(options?: ErrorOptions) {
    super('the worker that classifies has ended unexpectedly', options);
    this.name = 'WorkerLost';
  }
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class WorkerClient {
  /** Resolves once the thread is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** The name of the model, once its session is open. @throws what kept it from opening */
  readonly ready: Promise<string>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #requests = 0;
  #lost: WorkerLost | undefined;

  constructor(setup: Setup) {
    const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: setup });
    this.#worker = worker;
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    this.ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#lost = new WorkerLost({ cause });
        for (const { reject } of this.#pending.values()) reject(this.#lost);
        this.#pending.clear();
        resolve();
      });
    });
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (message: Message) => {
        if ('ready' in message) resolve(message.ready);
        else if ('id' in message) this.#settle(message);
        else reject(toError(message.failed));
      });
      worker.on('exit', () => reject(new WorkerLost({ cause })));
    });
  }

  /**
   * Classifies the bytes of an image file. The buffer is handed over and empty afterwards.
   *
   * @throws AreographError 'image' if it is no readable image; WorkerLost if the worker ends first
   */
  classify(image: ArrayBuffer): Promise<Answer> {
    if (this.#lost) return Promise.reject(this.#lost);
    const request: Request = { id: this.#requests, image };
    this.#requests += 1;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(request, [image]);
      this.#pending.set(request.id, { resolve, reject });
    });
  }

  /** Ends the thread; what it has not answered fails. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('answer' in reply) pending?.resolve(reply.answer);
    else pending?.reject(toError(reply.failed));
  }
}

function toError(failure: Failure): Error {
  return 'problem' in failure ? new AreographError(failure.problem) : failure.error;
}
