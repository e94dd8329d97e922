/** The training graph in onnxruntime: takes chunks of batches, keeps the state, on the device where it can. */
import { type InferenceSession, Tensor } from 'onnxruntime-common';
import type { Model } from '../dsl/model.ts';
import { Graph } from '../export/graph.ts';
import type { NamedTensor } from '../export/namedTensor.ts';
import { encodeModel } from '../export/onnx.ts';
import { elementCount } from '../export/tensorType.ts';
import { type TrainingGraph, trainingGraph } from '../export/trainingGraph.ts';
import { type BatchInput, nextName, type StateTensor } from '../export/trainingInterface.ts';
import type { TrainingOptions } from '../export/trainingOptions.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** Several steps' worth of what a step is fed; each array holds the steps one after the other. */
export interface Chunk {
  readonly steps: number;
  /** uint8 `[steps, batch, H, W, 3]` */
  readonly images: Uint8Array;
  /** int32 `[steps, batch]` */
  readonly labels: Int32Array;
  /** float32 `[steps]` */
  readonly learningRates: Float32Array;
  /** By input name: float32 `[steps, ...]`. */
  readonly uniform: ReadonlyMap<string, Float32Array>;
  /** For a graph with mixup. */
  readonly mixup?: MixupDraws;
}

export interface MixupDraws {
  /** int32 `[steps, batch]`: positions within the batch. */
  readonly partners: Int32Array;
  /** float32 `[steps]` */
  readonly shares: Float32Array;
}

export interface ChunkResult {
  /** Mean loss of each step. */
  readonly losses: Float32Array;
  /** Correct answers of each step. */
  readonly correct: Float32Array;
}

type Feeds = Record<string, Tensor>;

/** Gives a state, wherever it is, in the host's memory. */
type ReadState = (state: Feeds) => Promise<Readonly<Record<string, Tensor>>>;

interface Opened {
  readonly session: InferenceSession;
  readonly readState: ReadState;
  /** Brings what each run is fed alike to where it is needed, once. */
  readonly place: (feeds: Feeds) => Promise<Feeds>;
  /** Frees the memory of its sessions. */
  readonly release: () => Promise<void>;
}

export class TrainingSession {
  readonly #session: InferenceSession;
  readonly #readState: ReadState;
  readonly #release: () => Promise<void>;
  readonly #training: TrainingGraph;
  readonly #runsChunks: boolean;
  /** By name, on the host. */
  readonly #frozen: ReadonlyMap<string, NamedTensor>;
  /** The same as it is fed, wherever that is. */
  #placed: Feeds;
  #state: Feeds;

  private constructor(
    { session, readState, release }: Opened,
    compiled: CompiledTraining,
    frozen: ReadonlyMap<string, NamedTensor>,
    placed: Feeds,
    state: Feeds,
  ) {
    this.#session = session;
    this.#readState = readState;
    this.#release = release;
    this.#training = compiled.training;
    this.#runsChunks = compiled.runsChunks;
    this.#frozen = frozen;
    this.#placed = placed;
    this.#state = state;
  }

  /**
   * @param initial the state to start from, by name, what is not named starts at zero; and the parameters of frozen layers
   * @throws AreographError 'device' or 'model'; Error if a frozen layer's parameter is missing
   */
  static async open(
    compiled: CompiledTraining,
    runtime: Runtime,
    initial: ReadonlyMap<string, Float32Array>,
  ): Promise<TrainingSession> {
    const opened = await (compiled.runsChunks ? openForChunks : openForSteps)(compiled, runtime);
    const { state, frozen } = compiled.training;
    const tensors = state.map(({ name, dims }) => {
      const data = initial.get(name) ?? new Float32Array(elementCount(dims));
      return [name, new Tensor('float32', data, [...dims])] as const;
    });
    const kept = new Map(
      frozen.map(({ name, dims }) => {
        const data = initial.get(name);
        if (data === undefined) throw new Error(`the frozen ${name} has no values`);
        return [name, { dims, data }] as const;
      }),
    );
    const fed = [...kept].map(
      ([name, { dims, data }]) => [name, new Tensor('float32', data, [...dims])] as const,
    );
    const placed = await opened.place(Object.fromEntries(fed));
    return new TrainingSession(opened, compiled, kept, placed, Object.fromEntries(tensors));
  }

  /** What is drawn at random for each step, besides mixup. */
  get uniformInputs(): readonly BatchInput[] {
    return this.#training.batch.uniform;
  }

  /** How many steps a chunk may have: any number where the graph loops, else one. */
  get longestChunk(): number {
    return this.#runsChunks ? Number.POSITIVE_INFINITY : 1;
  }

  /** Does the steps of a chunk, at most {@link longestChunk}. */
  async run(chunk: Chunk): Promise<ChunkResult> {
    const feeds = { ...this.#state, ...this.#placed, ...this.#batchFeeds(chunk) };
    requireFed(this.#session, feeds);
    const results = await this.#session.run(feeds);
    const next = this.#training.state.map(({ name }) => [name, required(results, nextName(name))] as const);
    // Memory of the device is not the garbage collector's to free.
    for (const tensor of Object.values(this.#state)) tensor.dispose();
    this.#state = Object.fromEntries(next);
    return { losses: float32(results['loss'], 'loss'), correct: float32(results['correct'], 'correct') };
  }

  /** The state by name, as it is now. */
  async state(): Promise<Map<string, NamedTensor>> {
    const state = await this.#readState(this.#state);
    return new Map(
      this.#training.state.map(({ name, dims }) => [name, { dims, data: float32(state[name], name) }]),
    );
  }

  /**
   * The parameters and running statistics that evaluation and export take: the averaged ones where there are, and those of
   * frozen layers as they came.
   */
  async parameters(): Promise<Map<string, NamedTensor>> {
    const state = await this.state();
    const trained = this.#training.state.flatMap(({ name, parameter }) => {
      const tensor = state.get(name);
      return parameter === undefined || tensor === undefined ? [] : [[parameter.name, tensor] as const];
    });
    return new Map([...trained, ...this.#frozen]);
  }

  /** Frees its memory, the device's too; it is not to be used any more. */
  async close(): Promise<void> {
    for (const tensor of [...Object.values(this.#state), ...Object.values(this.#placed)]) tensor.dispose();
    this.#state = {};
    this.#placed = {};
    await this.#release();
  }

  #batchFeeds({ steps, images, labels, learningRates, uniform, mixup }: Chunk): Feeds {
    const { batch } = this.#training;
    const dims = (input: BatchInput) => (this.#runsChunks ? [steps, ...input.dims] : [...input.dims]);
    return {
      [batch.images.name]: new Tensor('uint8', images, dims(batch.images)),
      [batch.labels.name]: new Tensor('int32', labels, dims(batch.labels)),
      [batch.learningRate.name]: new Tensor('float32', learningRates, dims(batch.learningRate)),
      ...Object.fromEntries(
        batch.uniform.map((input) => {
          const data = uniform.get(input.name) ?? new Float32Array();
          return [input.name, new Tensor('float32', data, dims(input))];
        }),
      ),
      ...(batch.mixup === undefined || mixup === undefined
        ? {}
        : {
            [batch.mixup.partner.name]: new Tensor('int32', mixup.partners, dims(batch.mixup.partner)),
            [batch.mixup.share.name]: new Tensor('float32', mixup.shares, dims(batch.mixup.share)),
          }),
    };
  }
}

export interface CompiledTraining {
  readonly training: TrainingGraph;
  /** The serialised graph. */
  readonly bytes: Uint8Array;
  /** Whether the graph does a chunk of steps, or one. */
  readonly runsChunks: boolean;
}

export function compileTraining(model: Model, options: TrainingOptions): CompiledTraining {
  const training = trainingGraph(model, options);
  return { training, bytes: encodeModel(training.graph), runsChunks: options.target.loop };
}

/** A chunk's state crosses over once for many steps: it is kept on the host. */
async function openForChunks({ bytes }: CompiledTraining, runtime: Runtime): Promise<Opened> {
  const session = await runtime.openSession(bytes, 'the training graph');
  return {
    session,
    readState: async (state) => state,
    place: async (feeds) => feeds,
    release: () => session.release(),
  };
}

/**
 * Between single steps the state stays on the device, and so do the frozen layers' parameters. The state is read through
 * a graph that copies it: onnxruntime-node 1.30 ends the process when a GPU buffer is asked for its data.
 */
async function openForSteps({ bytes, training }: CompiledTraining, runtime: Runtime): Promise<Opened> {
  const onDevice = training.state.map(({ name }) => nextName(name));
  const session = await runtime.openSession(bytes, 'the training graph', { onDevice });
  const copying = await runtime.openSession(
    encodeModel(copyGraph(training.state)),
    'the graph that reads the state',
  );
  const { frozen } = training;
  // Open as long as what it gave: in browsers a GPU buffer cannot be freed after its session.
  const placing =
    frozen.length === 0
      ? undefined
      : await runtime.openSession(encodeModel(copyGraph(frozen)), 'the graph that places what is frozen', {
          onDevice: frozen.map(({ name }) => copyName(name)),
        });
  const copies = async (copier: InferenceSession, feeds: Feeds) => {
    const results = await copier.run(feeds);
    return Object.fromEntries(Object.keys(feeds).map((name) => [name, required(results, copyName(name))]));
  };
  return {
    session,
    readState: (state) => copies(copying, state),
    place: async (feeds) => (placing === undefined ? {} : copies(placing, feeds)),
    async release() {
      await session.release();
      await copying.release();
      await placing?.release();
    },
  };
}

function copyGraph(tensors: readonly Pick<StateTensor, 'name' | 'dims'>[]): Graph {
  const graph = new Graph('copies');
  for (const { name, dims } of tensors) graph.output(copyName(name), graph.input(name, 'float32', dims));
  return graph;
}

function copyName(name: string): string {
  return `${name}.copy`;
}

function required(tensors: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`the training graph gave no ${name}`);
  return tensor;
}

/** onnxruntime-node ignores what it does not know, and so would train on something else than was meant. */
function requireFed({ inputNames }: InferenceSession, feeds: Feeds): void {
  const unknown = Object.keys(feeds).filter((name) => !inputNames.includes(name));
  const missing = inputNames.filter((name) => !(name in feeds));
  if (unknown.length + missing.length > 0) {
    throw new Error(
      `the training graph knows no ${unknown.join(', ') || '-'}, and lacks ${missing.join(', ') || '-'}`,
    );
  }
}

function float32(tensor: Tensor | undefined, name: string): Float32Array {
  const data = tensor?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`${name} is no float32 tensor`);
}
