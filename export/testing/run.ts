/** For tests: runs a graph in onnxruntime. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Graph } from '../graph.ts';
import { encodeModel } from '../onnx.ts';
import { type DataType, elementCount, type TensorData } from '../tensorType.ts';

export type Feeds = Readonly<Record<string, TensorData>>;
export type Results = Readonly<Record<string, Float32Array>>;

/** Types that weights are stored in, which no graph takes. */
type StoredOnly = 'float16' | 'int8';

const tensorOf: {
  readonly [T in Exclude<DataType, 'bool' | StoredOnly>]: (
    data: TensorData,
    dims: readonly number[],
  ) => Tensor;
} = {
  float32: (data, dims) => new Tensor('float32', Float32Array.from(data, Number), dims),
  uint8: (data, dims) => new Tensor('uint8', Uint8Array.from(data, Number), dims),
  int32: (data, dims) => new Tensor('int32', Int32Array.from(data, Number), dims),
  int64: (data, dims) => new Tensor('int64', BigInt64Array.from(data, BigInt), dims),
};

/** Shapes of inputs with several symbolic axes; a single one is worked out from the length of what is fed. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Runs a graph and gives its outputs as float32. */
export type Run = (feeds: Feeds, shapes?: Shapes) => Promise<Results>;

/** The graph in onnxruntime on the CPU. @param threads default: one per core */
export async function compile(graph: Graph, threads?: number): Promise<Run> {
  const session = await InferenceSession.create(encodeModel(graph), {
    logSeverityLevel: 3,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  });
  return runner(graph, session);
}

/** The graph in a session that was opened on it. */
export function runner(graph: Graph, session: InferenceSession): Run {
  return async (feeds, shapes = {}) => {
    const tensors = graph.inputs.map(({ name, dtype, dims }) => {
      const data = feeds[name];
      if (data === undefined || dtype === 'bool' || dtype === 'float16' || dtype === 'int8')
        throw new Error(`input ${name} (${dtype}) is not fed`);
      const known = elementCount(dims.filter((size) => typeof size === 'number'));
      const sizes =
        shapes[name] ?? dims.map((size) => (typeof size === 'number' ? size : data.length / known));
      return [name, tensorOf[dtype](data, sizes)] as const;
    });
    const results = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => {
        if (data instanceof Float32Array) return [name, data];
        if (data instanceof Uint8Array) return [name, Float32Array.from(data)];
        throw new Error(`output ${name} is neither float32 nor uint8`);
      }),
    );
  };
}

/** |found - expected| / |expected|, in L2 norm; the norm of the difference where nothing is expected. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) throw new Error(`${found.length} numbers for ${expected.length}`);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i += 1) {
    difference += ((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)) ** 2;
    norm += (expected[i] ?? Number.NaN) ** 2;
  }
  return Math.sqrt(difference) / (norm === 0 ? 1 : Math.sqrt(norm));
}
