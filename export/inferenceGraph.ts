/** Graphs that answer: the complete model file, and the one that evaluates weights during training. */
import { type Model, parameters } from '../dsl/model.ts';
import { forward } from './autodiff.ts';
import { Graph, type Value } from './graph.ts';
import { normalize, requireRgb, resize } from './preprocess.ts';
import { targets } from './targets.ts';
import { elementCount } from './tensorType.ts';

/** Parameters and running statistics by full name, each in row-major order. */
export type Weights = ReadonlyMap<string, Float32Array>;

/**
 * The complete model: uint8 RGB `image` `[N, height, width, 3]` of any size in, float32 `probabilities`
 * `[N, classes]` out; resizing and normalising are in the graph, weights are initializers.
 *
 * @throws AreographError 'model' unless the model takes 3 channels; Error if a parameter has no weights, or the
 * wrong number of them
 */
export function inferenceGraph(model: Model, weights: Weights): Graph {
  requireRgb(model);
  const graph = new Graph(model.name);
  const image = graph.input('image', 'uint8', ['N', 'height', 'width', 3]);
  const { height, width } = model.input;
  const input = graph.scoped('preprocess', () => normalize(resize(image, height, width)));
  const initializers = parameters(model).map(({ name, shape }) => {
    const data = weights.get(name);
    const count = elementCount(shape);
    if (data?.length !== count)
      throw new Error(`${name} needs ${count} numbers, found ${data?.length ?? 'none'}`);
    return [name, graph.constant('float32', shape, data, name)] as const;
  });
  return answering(model, graph, input, new Map(initializers));
}

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
