/** Graphs that answer: the complete model file, and the one that evaluates weights during training. */
import { type Model, parameters } from '../dsl/model.ts';
import { type ForwardOptions, forward } from './autodiff.ts';
import { Graph, type Value } from './graph.ts';
import { normalize, requireRgb, resize } from './preprocess.ts';
import { type Quantization, quantize } from './quantization/quantize.ts';
import { targets } from './targets.ts';
import { storeWeights, type Weights, type WeightType } from './weights.ts';

/** How logits become an answer. */
export interface AnswerOptions {
  /** What logits are divided by before the softmax (https://arxiv.org/abs/1706.04599). Default 1. */
  readonly temperature?: number;
  /** Whether the logits are the mean of the image's and its mirror image's. Default false. */
  readonly mirror?: boolean;
}

export interface InferenceOptions extends AnswerOptions {
  /** Default 'float32'. */
  readonly weightType?: WeightType;
  /** With it convolutions and dense layers compute in int8, their weights and activations rounded by its ranges. */
  readonly quantization?: Quantization | undefined;
}

/**
 * The complete model: uint8 RGB `image` `[N, height, width, 3]` of any size in, float32 `probabilities`
 * `[N, classes]` and `energy` `[N]` out; resizing and normalising are in the graph, weights are initializers.
 *
 *   probabilities = softmax(z / temperature), energy = -log sum_c exp(z_c)
 *
 * with the logits z. The energy is high for images unlike those of training (https://arxiv.org/abs/2010.03759).
 *
 * @throws AreographError 'model' unless the model takes 3 channels, or if weights are too large for float16 or not finite
 * for int8, or ranges are missing or not finite; Error if a parameter has no weights, or the wrong number of them
 */
export function inferenceGraph(
  model: Model,
  weights: Weights,
  { weightType, quantization, ...answer }: InferenceOptions = {},
): Graph {
  requireRgb(model);
  const graph = new Graph(model.name);
  const image = graph.input('image', 'uint8', ['N', 'height', 'width', 3]);
  const { height, width } = model.input;
  const input = graph.scoped('preprocess', () => normalize(resize(image, height, width)));
  const computed =
    quantization === undefined
      ? { parameters: storeWeights(model, graph, weights, weightType) }
      : quantize(model, graph, weights, quantization, weightType);
  return answering(model, input, computed, answer);
}

/**
 * The model from preprocessed pixels, with its weights as inputs: uint8 `images` `[N, H, W, 3]` and the parameters by
 * name in, what {@link inferenceGraph} gives out.
 */
export function evaluationGraph(model: Model, answer: AnswerOptions = {}): Graph {
  requireRgb(model);
  const graph = new Graph(`${model.name}.evaluation`);
  const { height, width, channels } = model.input;
  const images = graph.input('images', 'uint8', ['N', height, width, channels]);
  const inputs = parameters(model).map(
    ({ name, shape }) => [name, graph.input(name, 'float32', shape)] as const,
  );
  const input = graph.scoped('normalize', () => normalize(images));
  return answering(model, input, { parameters: new Map(inputs) }, answer);
}

/** The parameters as a graph has them, and what becomes of outputs on the way. */
type Computed = Pick<ForwardOptions, 'parameters' | 'rounded'>;

function answering(
  model: Model,
  input: Value,
  computed: Computed,
  { temperature = 1, mirror = false }: AnswerOptions,
): Graph {
  const { graph } = input;
  // One file for every provider, WebGPU in browsers too: what its kernels compute right (convKernels), all do. Weights
  // are evaluated in training by the very graph that is exported.
  const logitsOf = (images: Value) =>
    forward(model, { ...computed, input: images, target: targets.webgpu }).logits;
  const logits = mirror
    ? logitsOf(input)
        .add(graph.scoped('mirror', () => logitsOf(mirrored(input, model.input.width))))
        .mul(0.5)
    : logitsOf(input);
  const scaled = temperature === 1 ? logits : logits.mul(1 / temperature);
  graph.output('probabilities', scaled.apply('Softmax', { axis: 1 }));
  graph.output(
    'energy',
    graph.scoped('energy', () => energyOf(logits)),
  );
  return graph.prune();
}

/** `[N, C, H, W]` with left and right changed. By Gather: not every provider slices backwards. */
function mirrored(images: Value, width: number): Value {
  const columns = BigInt64Array.from({ length: width }, (_, x) => BigInt(width - 1 - x));
  return images.gather(images.graph.constant('int64', [width], columns), 3);
}

/** The largest logit is subtracted first, so that exp cannot overflow. */
function energyOf(logits: Value): Value {
  const shifted = logits.sub(logits.maxOver([1], 1));
  return shifted
    .exp()
    .sum([1])
    .log()
    .add(logits.maxOver([1]))
    .neg();
}
