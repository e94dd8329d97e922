/** Where a network looks: Grad-CAM (Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391). */
import { AreographError } from '../dsl/errors.ts';
import type { Layer, LayerKind } from '../dsl/layers.ts';
import { type Model, topologicalOrder } from '../dsl/model.ts';
import { backward, gradientAt, outputOf } from './autodiff.ts';
import { DenseCotangent } from './cotangent.ts';
import { gridOf, layerOf, passImages } from './featureGraph.ts';
import type { Graph, Value } from './graph.ts';
import type { Weights } from './weights.ts';

/**
 * uint8 `images` `[1, H, W, 3]` of the model's input size and int64 `classes` `[1]` in; float32 `maps` `[1, h, w]` out,
 * of the rows and columns of a layer, 0 or more, not normalised:
 *
 *   map = ReLU(sum over k of alpha_k A_k), alpha_k = mean over rows and columns of d logit_class / d A_k
 *
 * with A the layer's output at inference, `[1, K, h, w]`, and the logits what enters the softmax; of an ensemble the
 * channels k of all members' layers. A batch of one: the rules of gradients demand a static batch. Weights are
 * initializers. Classes count from 0; not every provider refuses one that there is not, so check before.
 *
 * @param layer by name; default: {@link explainedLayers}
 * @throws AreographError 'explain' if the model has no layer to explain by, 'name' for a layer that the model has not,
 * 'shape' for one without rows and columns, 'model' unless the model takes 3 channels; Error if a parameter has no weights
 */
export function explainGraph(model: Model, weights: Weights, layer?: string): Graph {
  const explained = layer === undefined ? requireExplained(model) : [layerOf(model, layer)];
  for (const each of explained) gridOf(each);
  const { graph, passed } = passImages(model, weights, 'explain', 1);
  const classes = graph.input('classes', 'int64', [1]);
  const seed = graph.scoped('classes', () => oneHot(classes, model.classes));
  const gradients = backward(model, passed, [[passed.logitsLayer, new DenseCotangent(seed)]]);
  const maps = graph.scoped('maps', () =>
    explained
      .map((each) =>
        outputOf(passed.units, each)
          .mul(gradientAt(gradients, each).mean([2, 3], 1))
          .sum([1]),
      )
      .reduce((sum, map) => sum.add(map))
      .apply('Relu', {}),
  );
  graph.output('maps', maps);
  return graph.prune();
}

/**
 * The layers that a map is of unless another is asked for: of a network, or of each member of an ensemble, the last one,
 * from the first convolution on, that computes features and has more than one place. Of a residual network it is the
 * last block's, of the zoo's CNNs the last ReLU before its pool. Members whose layer has another number of places than
 * the first one's are left out.
 *
 * @returns none for a model without convolutions, or one whose convolutions leave a single place
 */
export function explainedLayers({ layers }: Pick<Model, 'layers'>): readonly Layer[] {
  const logits = layers.at(-1)?.inputs ?? [];
  const networks = logits.flatMap((layer) => (layer.kind === 'ensemble' ? layer.inputs : [layer]));
  const found = new Set(networks.flatMap((network) => lastFeatures(topologicalOrder(network)) ?? []));
  const [first] = found;
  const places = ({ shape: [, , height, width] }: Layer) => `${height}x${width}`;
  return [...found].filter((layer) => first !== undefined && places(layer) === places(first));
}

function lastFeatures(layers: readonly Layer[]): Layer | undefined {
  const first = layers.findIndex(({ kind }) => kind === 'conv2d');
  return layers.findLast(
    ({ kind, shape: [, , height = 1, width = 1] }, at) =>
      first >= 0 && at >= first && computesFeatures[kind] && height * width > 1,
  );
}

/** A pool has the features of the layer before it, at fewer places; dropout has the same. */
const computesFeatures: { readonly [K in LayerKind]: boolean } = {
  input: false,
  conv2d: true,
  batchNorm: true,
  layerNorm: true,
  groupNorm: true,
  relu: true,
  leakyRelu: true,
  gelu: true,
  silu: true,
  sigmoid: true,
  maxPool: false,
  averagePool: false,
  globalAveragePool: false,
  flatten: false,
  dense: true,
  dropout: false,
  add: true,
  concat: true,
  scale: true,
  ensemble: false,
  softmax: false,
};

function requireExplained(model: Model): readonly Layer[] {
  const layers = explainedLayers(model);
  if (layers.length > 0) return layers;
  throw new AreographError({
    code: 'explain',
    where: model.name,
    expected: 'a network with convolutions',
    found: [...new Set(model.layers.map(({ kind }) => kind))].join(', '),
    next: 'Ask without explain, or serve a convolutional model.',
  });
}

/** float32 `[N, count]`. Rows of the identity matrix: WebGPU neither compares nor casts int64. */
function oneHot(classes: Value, count: number): Value {
  const identity = Float32Array.from({ length: count ** 2 }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
  return classes.graph.constant('float32', [count, count], identity).gather(classes);
}
