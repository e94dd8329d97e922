/**
 * Jobs that wait for a runner, and go in batches. While a runner is free, a job goes at once; while all are busy, jobs
 * gather, so that batches grow with the load and cost no time without it (Clipper, Crankshaw et al. 2017,
 * https://www.usenix.org/conference/nsdi17/technical-sessions/presentation/crankshaw, calls this adaptive batching).
 */
import { setMaxListeners } from 'node:events';
import { RequestError } from './problem.ts';

export interface BatcherOptions<Job, Reply> {
  /** Answers each job of a batch in its place. If it rejects, each job is tried again, alone. */
  readonly run: (jobs: readonly Job[]) => Promise<readonly Reply[]>;
  /** How many batches run at once; {@link maxAhead} times as many while a full batch waits. */
  readonly runners: number;
  /** Most jobs in a batch. */
  readonly maxBatch: number;
  /** Milliseconds that a job waits for others to fill its batch, even if a runner is free. */
  readonly maxDelay: number;
  /** Most jobs that wait. */
  readonly maxQueue: number;
  /** Hears of each batch. */
  readonly onBatch?: (size: number) => void;
}

export interface Answered<Reply> {
  readonly reply: Reply;
  /** Milliseconds from being taken in to the start of its batch. */
  readonly waited: number;
}

/**
 * Batches that a runner may have, the one that it works on included: while much waits, it has the next one at hand when it
 * is done. While little waits that would only tie a job to a runner that is busy.
 */
export const maxAhead = 2;

/** How often a job may meet with a runner's end before it is given up: it may be the job that ends them. */
const maxLosses = 3;
const lost =
  'The worker that classified this ended unexpectedly, and so did the next ones. Send the request again.';

interface Entry<Job, Reply> {
  readonly job: Job;
  /** When it was taken in. */
  readonly since: number;
  /** How often it has met with a runner's end. */
  losses: number;
  /** Aborted once no one waits for its answer. */
  readonly signal: AbortSignal;
  resolve(answered: Answered<Reply>): void;
  reject(reason: unknown): void;
}

export class Batcher<Job, Reply> {
  readonly #options: BatcherOptions<Job, Reply>;
  #queue: Entry<Job, Reply>[] = [];
  #running = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatcherOptions<Job, Reply>) {
    this.#options = options;
  }

  /** How many jobs wait. */
  get length(): number {
    return this.#queue.length;
  }

  /**
   * @param signal once aborted, a job that still waits is dropped, and one under way is no longer waited for
   * @throws RequestError 'overloaded' if too many wait already, 'worker-lost' if the runners end on it again and again;
   *   the signal's reason
   */
  submit(job: Job, signal: AbortSignal): Promise<Answered<Reply>> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const waiting = this.#queue.length;
      if (waiting >= this.#options.maxQueue) {
        const found = `${waiting} images waiting in it. Send the request again a little later.`;
        throw new RequestError('overloaded', `Expected a place in the queue, found ${found}`);
      }
      const abort = () => {
        this.#queue = this.#queue.filter((waiting) => waiting !== entry);
        reject(signal.reason);
      };
      // One signal for the many images of a request is no leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', abort, { once: true });
      const settled = () => signal.removeEventListener('abort', abort);
      const entry: Entry<Job, Reply> = {
        job,
        since: performance.now(),
        losses: 0,
        signal,
        resolve(answered) {
          settled();
          resolve(answered);
        },
        reject(reason) {
          settled();
          reject(reason);
        },
      };
      this.#queue.push(entry);
      this.#dispatch();
    });
  }

  /** Hands out what waits, while there are runners for it. */
  #dispatch(): void {
    const { maxBatch, maxDelay } = this.#options;
    clearTimeout(this.#timer);
    const [first] = this.#queue;
    if (first === undefined || !this.#free()) return;
    const left = first.since + maxDelay - performance.now();
    if (left > 0 && this.#queue.length < maxBatch) {
      this.#timer = setTimeout(() => this.#dispatch(), Math.ceil(left));
      return;
    }
    while (this.#queue.length > 0 && this.#free()) void this.#runBatch(this.#take());
  }

  #free(): boolean {
    const { runners, maxBatch } = this.#options;
    return this.#running < (this.#queue.length < maxBatch ? runners : maxAhead * runners);
  }

  /**
   * The next batch. Among several runners half of each one's share of what waits, so that what comes next has less to wait
   * for: factoring (Hummel, Schonberg and Flynn 1992, https://doi.org/10.1145/135226.135232). A job that has seen a
   * runner's end goes alone, so that it does not take others with it again.
   */
  #take(): Entry<Job, Reply>[] {
    const { runners, maxBatch, maxDelay } = this.#options;
    const waiting = this.#queue.length;
    const share = runners === 1 || maxDelay > 0 ? waiting : Math.ceil(waiting / (2 * runners));
    const suspect = this.#queue.findIndex(({ losses }) => losses > 0);
    const size = Math.min(maxBatch, share, suspect === -1 ? share : Math.max(1, suspect));
    return this.#queue.splice(0, size);
  }

  async #runBatch(batch: readonly Entry<Job, Reply>[]): Promise<void> {
    const started = performance.now();
    this.#running += 1;
    this.#options.onBatch?.(batch.length);
    try {
      const replies = await this.#options.run(batch.map(({ job }) => job));
      for (const [i, { since, resolve, reject }] of batch.entries()) {
        const reply = replies[i];
        if (reply === undefined) reject(new Error('a batch with fewer replies than jobs'));
        else resolve({ reply, waited: started - since });
      }
    } catch (cause) {
      this.#lose(batch, cause);
    } finally {
      this.#running -= 1;
      this.#dispatch();
    }
  }

  /** Puts the jobs of a runner that ended to the front again, but for those that no one waits for any longer. */
  #lose(batch: readonly Entry<Job, Reply>[], cause: unknown): void {
    const waitedFor = batch.filter(({ signal }) => !signal.aborted);
    for (const entry of waitedFor) entry.losses += 1;
    for (const { losses, reject } of waitedFor) {
      if (losses < maxLosses) continue;
      reject(new RequestError('worker-lost', lost, { cause }));
    }
    this.#queue.unshift(...waitedFor.filter(({ losses }) => losses < maxLosses));
  }
}
