/** What is counted and timed, for Prometheus. Seconds, as its conventions have it. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Milliseconds } from './job.ts';
import { type ProblemCode, problemCodes } from './problem.ts';

/** A model as the labels name it. */
export interface ModelLabels {
  readonly name: string;
  readonly version: string;
}

export interface QueueLength {
  readonly model: ModelLabels;
  /** Images that wait for a batch. */
  readonly length: number;
}

/** From a tenth of the fastest answer to the slowest that is waited for. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** One server's metrics, with a registry of their own, so that a process may hold several servers. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'areograph_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['route', 'method', 'status'] as const,
    registers: [this.registry],
  });
  readonly #requestSeconds = new Histogram({
    name: 'areograph_http_request_duration_seconds',
    help: 'From the header of a request to its answer.',
    labelNames: ['route', 'method'] as const,
    buckets: secondsBuckets,
    registers: [this.registry],
  });
  readonly #problems = new Counter({
    name: 'areograph_problems_total',
    help: 'Requests, or images of a request, that were answered with a problem, by its code.',
    labelNames: ['code'] as const,
    registers: [this.registry],
  });
  readonly #images = new Counter({
    name: 'areograph_images_total',
    help: 'Images handed to a model.',
    labelNames: ['model', 'version', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly #unlike = new Counter({
    name: 'areograph_out_of_distribution_total',
    help: 'Images whose energy is above the threshold of their model.',
    labelNames: ['model', 'version'] as const,
    registers: [this.registry],
  });
  readonly #queue = this.#modelHistogram(
    'queue_seconds',
    'From taking an image in to the start of its batch.',
  );
  readonly #decode = this.#modelHistogram('decode_seconds', 'Decoding an image.');
  readonly #inference = this.#modelHistogram('inference_seconds', 'Inference of the batch an image was in.');
  readonly #batches = new Histogram({
    name: 'areograph_batch_size',
    help: 'Images of a batch.',
    labelNames: ['model', 'version'] as const,
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // A counter that is there from the start lets an alert see its first increase.
    for (const code of problemCodes) this.#problems.inc({ code }, 0);
  }

  /**
   * A request was answered. `route` is the pattern that it matched, or one for all files of the demo: paths would be
   * numberless.
   */
  request(
    labels: { readonly route: string; readonly method: string; readonly status: number },
    seconds: number,
  ) {
    const { route, method, status } = labels;
    this.#requests.inc({ route, method, status });
    this.#requestSeconds.observe({ route, method }, seconds);
  }

  /** A request, or one image of it, was answered with a problem. */
  problem(code: ProblemCode): void {
    this.#problems.inc({ code });
  }

  /** An image was classified. @param unlike whether it is unlike those of training, where the model can tell */
  classified(
    model: ModelLabels,
    { queue, decode, inference }: Milliseconds,
    unlike: boolean | undefined,
  ): void {
    const labels = { model: model.name, version: model.version };
    this.#images.inc({ ...labels, outcome: 'classified' });
    // At 0 from the first image that is like them: as of the problems above.
    if (unlike !== undefined) this.#unlike.inc(labels, unlike ? 1 : 0);
    this.#queue.observe(labels, queue / 1000);
    this.#decode.observe(labels, decode / 1000);
    this.#inference.observe(labels, inference / 1000);
  }

  /** An image was not classified, for whatever reason. */
  failed(model: ModelLabels): void {
    this.#images.inc({ model: model.name, version: model.version, outcome: 'failed' });
  }

  /** A batch of this many images was handed to a session. */
  batch(model: ModelLabels, size: number): void {
    this.#batches.observe({ model: model.name, version: model.version }, size);
  }

  /** Asks for the lengths of the queues whenever metrics are read. To be called once, by who holds the queues. */
  watchQueues(read: () => Iterable<QueueLength>): void {
    new Gauge({
      name: 'areograph_queue_length',
      help: 'Images that wait for a batch.',
      labelNames: ['model', 'version'] as const,
      registers: [this.registry],
      collect() {
        // Models come and go.
        this.reset();
        for (const { model, length } of read()) {
          this.set({ model: model.name, version: model.version }, length);
        }
      },
    });
  }

  #modelHistogram(name: string, help: string) {
    return new Histogram({
      name: `areograph_${name}`,
      help,
      labelNames: ['model', 'version'] as const,
      buckets: secondsBuckets,
      registers: [this.registry],
    });
  }
}
