/** One version of a model, on worker threads of its own. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { AreographError } from '../dsl/errors.ts';
import type { ModelDescription } from '../runtime/classifier.ts';
import type { ModelSource } from '../runtime/modelSource.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { Batcher, type BatcherOptions, maxAhead } from './batcher.ts';
import type { Failure, Job, Prediction, Reply } from './job.ts';
import type { ServedModel } from './models.ts';
import type { Described, Setup } from './worker.ts';

type Identity = Pick<ServedModel, 'name' | 'version'>;

export interface RunningOptions
  extends SessionOptions,
    Pick<BatcherOptions<Job, Reply>, 'maxBatch' | 'maxDelay' | 'maxQueue'> {
  /** Threads that decode and classify, each with a session of its own. */
  readonly workers: number;
  /** Images of more are refused. */
  readonly maxPixels: number;
  /** Hears of each batch. */
  readonly onBatch?: (model: Identity, size: number) => void;
  /** Hears of each worker that ends. Another takes its place. */
  readonly onWorkerLost?: (model: Identity, error: unknown) => void;
}

export class RunningModel implements ServedModel {
  readonly name: string;
  readonly version: string;
  readonly description: ModelDescription;
  readonly #pool: Piscina;
  readonly #batcher: Batcher<Job, Reply>;
  /** Jobs that wait for their answers, and batches that run. */
  readonly #underWay = new Set<Promise<unknown>>();

  /**
   * Opens a model on every worker, and tries it.
   *
   * @throws AreographError 'model' if it cannot be used, 'device' if the device is not there
   */
  static async start(
    identity: Identity,
    source: ModelSource,
    options: RunningOptions,
  ): Promise<RunningModel> {
    const { workers, maxPixels, device, threads } = options;
    const setup: Setup = {
      source,
      options: { device, ...(threads === undefined ? {} : { threads }) },
      maxPixels,
    };
    const pool = new Piscina({
      filename: fileURLToPath(new URL('./worker.cjs', import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
      workerData: setup,
      execArgv: [],
      // The thread that answers comes first: it has little to do, and everyone waits for it.
      niceIncrement: 10,
      concurrentTasksPerWorker: maxAhead,
    });
    pool.on('error', (error) => options.onWorkerLost?.(identity, error));
    const describing = Array.from({ length: workers }, () => describe(pool));
    try {
      const described = await Promise.all(describing);
      for (const found of described) if ('failed' in found) throw toError(found.failed);
      const [first] = described;
      if (first === undefined || 'failed' in first) throw new RangeError('a model needs at least one worker');
      return new RunningModel(identity, first.description, pool, options);
    } catch (error) {
      // As in close().
      await Promise.allSettled(describing);
      await pool.destroy();
      throw error;
    }
  }

  private constructor(
    { name, version }: Identity,
    description: ModelDescription,
    pool: Piscina,
    options: RunningOptions,
  ) {
    this.name = name;
    this.version = version;
    this.description = description;
    this.#pool = pool;
    const { workers, maxBatch, maxDelay, maxQueue, onBatch, onWorkerLost } = options;
    this.#batcher = new Batcher({
      run: async (jobs) => {
        try {
          return await this.#track(classify(pool, jobs));
        } catch (error) {
          onWorkerLost?.({ name, version }, error);
          throw error;
        }
      },
      runners: workers,
      maxBatch,
      maxDelay,
      maxQueue,
      onBatch: (size) => onBatch?.(this, size),
    });
  }

  /** How many jobs wait. */
  get queueLength(): number {
    return this.#batcher.length;
  }

  async classify(job: Job, signal: AbortSignal): Promise<Prediction> {
    const { reply, waited } = await this.#track(this.#batcher.submit(job, signal));
    if ('failed' in reply) throw toError(reply.failed);
    const { milliseconds, ...prediction } = reply.prediction;
    return { ...prediction, milliseconds: { queue: waited, ...milliseconds } };
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /**
   * Answers what was taken in, and ends the workers. Batches that nobody waits for any more are waited for as well: a
   * thread that is terminated inside onnxruntime aborts the process.
   */
  async close(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    await this.#pool.destroy();
  }
}

// What crosses between threads is not typed; worker.ts says what it gives. Jobs are copied, not transferred: if a worker
// ends, the next one needs them.
function describe(pool: Piscina): Promise<Described> {
  return pool.run(undefined, { name: 'describe' });
}

function classify(pool: Piscina, jobs: readonly Job[]): Promise<readonly Reply[]> {
  return pool.run(jobs, { name: 'classify' });
}

function toError(failure: Failure): Error {
  return 'problem' in failure ? new AreographError(failure.problem) : failure.error;
}
