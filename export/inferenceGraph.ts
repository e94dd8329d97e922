/** Graphs that answer: the complete model file, and the one that evaluates weights during training. */
import { type Model, parameters } from '../dsl/model.ts';
import { forward } from './autodiff.ts';
import { toFloat16 } from './float16.ts';
import { Graph, type Value } from './graph.ts';
import { scaleName, toInt8 } from './int8.ts';
import { normalize, requireRgb, resize } from './preprocess.ts';
import { targets } from './targets.ts';
import { type DataType, elementCount } from './tensorType.ts';

/** Parameters and running statistics by full name, each in row-major order. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** What weights are stored as; the graph computes in float32 either way. */
export type WeightType = Extract<DataType, 'float32' | 'float16' | 'int8'>;

/**
 * The complete model: uint8 RGB `image` `[N, height, width, 3]` of any size in, float32 `probabilities`
 * `[N, classes]` out; resizing and normalising are in the graph, weights are initializers.
 *
 * @throws AreographError 'model' unless the model takes 3 channels, or if weights are too large for float16 or not finite
 * for int8; Error if a parameter has no weights, or the wrong number of them
 */
export function inferenceGraph(model: Model, weights: Weights, weightType: WeightType = 'float32'): Graph {
  requireRgb(model);
  const graph = new Graph(model.name);
  const image = graph.input('image', 'uint8', ['N', 'height', 'width', 3]);
  const { height, width } = model.input;
  const input = graph.scoped('preprocess', () => normalize(resize(image, height, width)));
  return answering(model, graph, input, storeWeights(model, graph, weights, weightType));
}

/**
 * The parameters of a model as initializers of a graph, by full name. What has one number for each channel (biases,
 * scales, running statistics) stays float32: it is little, and a channel that hardly varies has a variance of which a
 * float16, 0 from 2^-25 down, would keep nothing.
 *
 * @throws AreographError 'model' if weights are too large for float16 or not finite for int8; Error if a parameter has no
 * weights, or the wrong number of them
 */
export function storeWeights(
  model: Model,
  graph: Graph,
  weights: Weights,
  weightType: WeightType = 'float32',
): ReadonlyMap<string, Value> {
  const initializers = parameters(model).map(({ name, shape }) => {
    const data = weights.get(name);
    const count = elementCount(shape);
    if (data?.length !== count)
      throw new Error(`${name} needs ${count} numbers, found ${data?.length ?? 'none'}`);
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

/**
 * The model from preprocessed pixels, with its weights as inputs: uint8 `images` `[N, H, W, 3]` and the
 * parameters by name in, float32 `probabilities` `[N, classes]` out.
 */
export function evaluationGraph(model: Model): Graph {
  requireRgb(model);
  const graph = new Graph(`${model.name}.evaluation`);
  const { height, width, channels } = model.input;
  const images = graph.input('images', 'uint8', ['N', height, width, channels]);
  const inputs = parameters(model).map(
    ({ name, shape }) => [name, graph.input(name, 'float32', shape)] as const,
  );
  return answering(
    model,
    graph,
    graph.scoped('normalize', () => normalize(images)),
    new Map(inputs),
  );
}

function answering(model: Model, graph: Graph, input: Value, weights: ReadonlyMap<string, Value>): Graph {
  // One file for every provider, WebGPU in browsers too: what its kernels compute right (convKernels), all do. Weights
  // are evaluated in training by the very graph that is exported.
  const { probabilities } = forward(model, { input, parameters: weights, target: targets.webgpu });
  graph.output('probabilities', probabilities);
  return graph.prune();
}
