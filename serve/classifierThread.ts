import { readModelFile } from '../runtime/classifier.ts';
import type { SessionOptions } from '../runtime/session.ts';
import type { Answer } from './classifyImage.ts';
import type { Setup } from './protocol.ts';
import { WorkerClient, WorkerLost } from './workerClient.ts';

/** A model that classifies on a thread of its own; a worker that dies is replaced by a new one. */
export class ClassifierThread {
  /** The name of the model. */
  readonly name: string;
  readonly #setup: Setup;
  #worker: Promise<WorkerClient> | undefined;
  #closed = false;

  private constructor(name: string, setup: Setup, worker: WorkerClient) {
    this.name = name;
    this.#setup = setup;
    this.#adopt(worker);
  }

  /**
   * Opens a model file on a new thread.
   *
   * @throws AreographError 'model' if the file cannot be used, 'device' if the device is not there
   */
  static async start(file: string, options: SessionOptions): Promise<ClassifierThread> {
    const setup = { file, model: await readModelFile(file), options };
    const worker = new WorkerClient(setup);
    return new ClassifierThread(await worker.ready, setup, worker);
  }

  /**
   * Classifies the bytes of an image file. The buffer is handed over and empty afterwards.
   *
   * @throws AreographError 'image' if it is no readable image; WorkerLost if the worker ends before it answers
   */
  async classify(image: ArrayBuffer): Promise<Answer> {
    this.#worker ??= this.#replace();
    return (await this.#worker).classify(image);
  }

  /** Ends the thread; what it has not answered fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = await this.#worker?.catch(() => undefined);
    await worker?.terminate();
  }

  #adopt(worker: WorkerClient): void {
    this.#worker = Promise.resolve(worker);
    void worker.ended.then(() => {
      if (this.#closed) return;
      // At once, so that the next request need not wait for the model to load. If that fails, the next request
      // tries again and hears why; trying on and on here would help nobody.
      this.#worker = this.#replace();
      this.#worker.catch(() => undefined);
    });
  }

  async #replace(): Promise<WorkerClient> {
    const worker = new WorkerClient(this.#setup);
    try {
      await worker.ready;
      this.#adopt(worker);
      return worker;
    } catch (cause) {
      this.#worker = undefined;
      throw new WorkerLost({ cause });
    }
  }
}
