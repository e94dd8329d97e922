/**
 * Static quantisation as ONNX's pairs of QuantizeLinear and DequantizeLinear (QDQ): around each operator that onnxruntime
 * shall compute in integers. Where a provider has no integer kernels it computes the same in float32.
 * https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
import { AreographError } from '../../dsl/errors.ts';
import type { Layer } from '../../dsl/layers.ts';
import { layerParameters, type Model } from '../../dsl/model.ts';
import type { ForwardOptions } from '../autodiff.ts';
import type { Graph, Value } from '../graph.ts';
import { roundToEven, scaleName, smallestScale, toInt8 } from '../int8.ts';
import { storeWeights, type Weights, type WeightType, weightsOf } from '../weights.ts';
import { parametersFor, type QuantizationParameters, type Range, roundTo } from './activations.ts';
import { beforeDropout, planQuantization } from './plan.ts';

export interface Quantization {
  /** By name of a layer, of its outputs on images like those to come: one for each of {@link observedLayers}. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** Names of convolutions and dense layers that compute in float32. Default none. */
  readonly float32?: ReadonlySet<string>;
}

/** Names of the layers whose ranges a quantisation needs, whatever computes in float32. */
export function observedLayers(model: Model): string[] {
  return [...new Set(planQuantization(model).rounded.values())].map(({ name }) => name);
}

/**
 * The parameters of a model, and the rounding of its outputs. Weights are symmetric int8 with a scale for each output
 * channel, activations uint8 with one for all, and biases int32 in steps of the product of the two, as their sums are.
 * Processors without VNNI add pairs of products in int16, which very large weights and activations saturate.
 *
 * @param weightType of layers that compute in float32
 * @throws AreographError 'model' if a range is missing or not finite, or a weight not finite; Error if a parameter has no
 * weights, or the wrong number of them
 */
export function quantize(
  model: Model,
  graph: Graph,
  weights: Weights,
  { ranges, float32 }: Quantization,
  weightType?: WeightType,
): Required<Pick<ForwardOptions, 'parameters' | 'rounded'>> {
  const { weighted, rounded } = planQuantization(model, float32);
  const steps = new Map(
    [...rounded].map(([layer, { name }]) => [layer, parametersFor(name, rangeOf(ranges, name))] as const),
  );
  const parameters = new Map(
    storeWeights(
      { layers: model.layers.filter((layer) => !weighted.has(layer)) },
      graph,
      weights,
      weightType,
    ),
  );
  for (const layer of weighted) {
    const scale = inputSteps(layer, steps).scale;
    for (const [name, value] of storeInt8(layer, graph, weights, scale)) parameters.set(name, value);
  }
  return {
    parameters,
    rounded(layer, output) {
      const found = steps.get(layer);
      return found === undefined ? output : roundTo(output, found);
    },
  };
}

function rangeOf(ranges: ReadonlyMap<string, Range>, layer: string): Range {
  const range = ranges.get(layer);
  if (range !== undefined) return range;
  throw new AreographError({
    code: 'model',
    where: layer,
    expected: 'the range of its outputs',
    found: `ranges of ${[...ranges.keys()].join(', ') || 'no layer'}`,
    next: 'Observe the outputs of the same model on images of val.',
  });
}

function inputSteps(
  { name, inputs }: Layer,
  steps: ReadonlyMap<Layer, QuantizationParameters>,
): QuantizationParameters {
  const [input] = inputs.map(beforeDropout);
  const found = input && steps.get(input);
  if (found === undefined) throw new Error(`the input of ${name} is not rounded`);
  return found;
}

/**
 * Weights and bias of a layer. A channel whose bias is large beside its weights gets a larger scale, so that the bias is
 * at most 2^30 steps: bias / (input scale * weight scale).
 */
function storeInt8(
  layer: Layer,
  graph: Graph,
  weights: Weights,
  inputScale: number,
): (readonly [string, Value])[] {
  const named = new Map(layerParameters(layer).map((parameter) => [parameter.role, parameter]));
  const stored = (role: string) => {
    const parameter = named.get(role);
    if (parameter === undefined) return undefined;
    const { name, shape } = parameter;
    return { name, shape, data: weightsOf(weights, parameter) };
  };
  const weight = stored('weight');
  if (weight === undefined) throw new Error(`${layer.name} has no weights`);
  const bias = stored('bias');
  const [channels = 1] = weight.shape;
  const least = Float32Array.from({ length: channels }, (_, channel) => {
    return Math.max(Math.abs(bias?.data[channel] ?? 0) / largestBias, smallestScale) / inputScale;
  });
  const { values, scales } = toInt8(weight.name, weight.data, channels, least);
  const perChannel = (name: string, steps: Float32Array) =>
    graph.constant('float32', [channels], steps, scaleName(name));
  const own = graph.scoped(weight.name, () => {
    // onnxruntime takes a Gemm for its integer kernel only if the weights have zero points.
    const zeros = graph.constant('int8', [channels], new Int8Array(channels));
    const int8 = graph.constant('int8', weight.shape, values, weight.name);
    return int8.apply('DequantizeLinear', { axis: 0 }, perChannel(weight.name, scales), zeros);
  });
  if (bias === undefined) return [[weight.name, own]];
  const added = graph.scoped(bias.name, () => {
    const steps = scales.map((scale) => scale * inputScale);
    const sums = Int32Array.from(bias.data, (value, channel) =>
      roundToEven(value / (steps[channel] ?? Number.NaN)),
    );
    const int32 = graph.constant('int32', bias.shape, sums, bias.name);
    return int32.apply('DequantizeLinear', { axis: 0 }, perChannel(bias.name, steps));
  });
  return [
    [weight.name, own],
    [bias.name, added],
  ];
}

/** Of int32, with room for the sums that are added. */
const largestBias = 2 ** 30;
