/** Which layers of a model compute in integers, and whose outputs are rounded to uint8 for them. */
import type { Layer, LayerKind } from '../../dsl/layers.ts';
import type { Model } from '../../dsl/model.ts';

/**
 * How a layer can compute where its inputs are uint8. 'weights': products with int8 weights, summed in int32; 'join': its
 * inputs are brought to one scale; 'moves': its outputs are some of its inputs, in their scale; 'float32': no integer
 * kernel gains anything, or there is none.
 */
const arithmetic: { readonly [K in LayerKind]: 'weights' | 'join' | 'moves' | 'float32' } = {
  input: 'float32',
  conv2d: 'weights',
  batchNorm: 'float32',
  layerNorm: 'float32',
  groupNorm: 'float32',
  relu: 'float32',
  leakyRelu: 'float32',
  gelu: 'float32',
  silu: 'float32',
  sigmoid: 'float32',
  maxPool: 'moves',
  averagePool: 'float32',
  globalAveragePool: 'float32',
  flatten: 'moves',
  dense: 'weights',
  dropout: 'float32',
  add: 'join',
  concat: 'join',
  scale: 'float32',
  ensemble: 'float32',
  softmax: 'float32',
};

export interface QuantizationPlan {
  /** Convolutions and dense layers with int8 weights. */
  readonly weighted: ReadonlySet<Layer>;
  /** Layers whose outputs become uint8, each with the one whose range decides how. */
  readonly rounded: ReadonlyMap<Layer, Layer>;
}

/**
 * Rounds what integer kernels read, and what convolutions give: onnxruntime has no integer kernel that gives float32 for
 * those, as for dense layers. A ReLU is the lower end of the range of what it follows. Logits stay float32.
 *
 * @param float32 names of convolutions and dense layers that compute in float32
 */
export function planQuantization(
  { layers }: Model,
  float32: ReadonlySet<string> = new Set(),
): QuantizationPlan {
  const readers = new Map<Layer, Layer[]>();
  for (const layer of layers.filter(({ kind }) => kind !== 'dropout')) {
    for (const input of layer.inputs.map(beforeDropout)) {
      readers.set(input, [...(readers.get(input) ?? []), layer]);
    }
  }
  const readersOf = (layer: Layer) => readers.get(layer) ?? [];
  /** The ReLU that a layer of sums ends with, else the layer itself. */
  const endOf = (layer: Layer): Layer => {
    const [only, ...others] = readersOf(layer);
    const sums = arithmetic[layer.kind] === 'weights' || arithmetic[layer.kind] === 'join';
    return sums && only?.kind === 'relu' && others.length === 0 ? only : layer;
  };
  const weighted = layers.filter(({ kind, name }) => arithmetic[kind] === 'weights' && !float32.has(name));
  const convolved = new Set(weighted.filter(({ kind }) => kind === 'conv2d').map(endOf));
  const integer = new Set<Layer>(weighted);
  const rounded = new Set<Layer>();
  // Backwards: whether a layer is rounded depends on those that read it.
  for (const layer of layers.toReversed()) {
    const end = endOf(layer);
    const read = readersOf(layer);
    const isRead = convolved.has(layer) || read.some((reader) => integer.has(reader));
    if (end === layer && isRead && !read.some(({ kind }) => kind === 'softmax')) rounded.add(layer);
    const follows = arithmetic[layer.kind] === 'join' || arithmetic[layer.kind] === 'moves';
    if (follows && rounded.has(end)) integer.add(layer);
  }
  const parameters = new Map<Layer, Layer>();
  for (const layer of layers.filter((each) => rounded.has(each))) {
    const [input] = layer.inputs.map(beforeDropout);
    const moved =
      arithmetic[layer.kind] === 'moves' && input !== undefined ? parameters.get(input) : undefined;
    parameters.set(layer, moved ?? layer);
  }
  return { weighted: new Set(weighted), rounded: parameters };
}

/** The layer that gives what a layer gives at inference, where dropout does nothing. */
export function beforeDropout(layer: Layer): Layer {
  const [input] = layer.inputs;
  return layer.kind === 'dropout' && input !== undefined ? beforeDropout(input) : layer;
}
