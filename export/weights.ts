/** Weights as initializers of a graph, in the type that they are stored as. */
import { type Model, type NamedParameter, parameters } from '../dsl/model.ts';
import { toFloat16 } from './float16.ts';
import type { Graph, Value } from './graph.ts';
import { scaleName, toInt8 } from './int8.ts';
import { type DataType, elementCount } from './tensorType.ts';

/** Parameters and running statistics by full name, each in row-major order. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** What weights are stored as; the graph computes with them in float32 either way. */
export const weightTypes = ['float32', 'float16', 'int8'] as const satisfies readonly DataType[];
export type WeightType = (typeof weightTypes)[number];

/**
 * The parameters of a model as initializers of a graph, by full name. What has one number for each channel (biases,
 * scales, running statistics) stays float32: it is little, and a channel that hardly varies has a variance of which a
 * float16, 0 from 2^-25 down, would keep nothing.
 *
 * @throws AreographError 'model' if weights are too large for float16 or not finite for int8; Error if a parameter has no
 * weights, or the wrong number of them
 */
export function storeWeights(
  model: Pick<Model, 'layers'>,
  graph: Graph,
  weights: Weights,
  weightType: WeightType = 'float32',
): ReadonlyMap<string, Value> {
  const initializers = parameters(model).map(({ name, shape }) => {
    const data = weightsOf(weights, { name, shape });
    return [name, stores[shape.length === 1 ? 'float32' : weightType](graph, name, shape, data)] as const;
  });
  return new Map(initializers);
}

/**
 * A parameter as an initializer of its name, float32 to those who use it: onnxruntime computes what depends on constants
 * alone once, when it opens the model, and on the CPU whatever the provider.
 */
const stores: {
  readonly [T in WeightType]: (
    graph: Graph,
    name: string,
    shape: readonly number[],
    data: Float32Array,
  ) => Value;
} = {
  float32: (graph, name, shape, data) => graph.constant('float32', shape, data, name),
  float16: (graph, name, shape, data) =>
    graph.scoped(name, () => graph.constant('float16', shape, toFloat16(name, data), name).cast('float32')),
  // Not DequantizeLinear, which onnxruntime leaves where it is, for integer kernels that may follow.
  int8(graph, name, shape, data) {
    const [channels = 1, ...rest] = shape;
    const { values, scales } = toInt8(name, data, channels);
    const scale = graph.constant('float32', [channels, ...rest.map(() => 1)], scales, scaleName(name));
    return graph.scoped(name, () => graph.constant('int8', shape, values, name).cast('float32').mul(scale));
  },
};

/** The numbers of a parameter. @throws Error if there are none, or not as many as its shape says */
export function weightsOf(
  weights: Weights,
  { name, shape }: Pick<NamedParameter, 'name' | 'shape'>,
): Float32Array {
  const data = weights.get(name);
  const count = elementCount(shape);
  if (data?.length === count) return data;
  throw new Error(`${name} needs ${count} numbers, found ${data?.length ?? 'none'}`);
}
