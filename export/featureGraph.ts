/** What goes on inside a trained network: the activations of its layers, for pictures of them. */
import { closest } from 'fastest-levenshtein';
import { AreographError } from '../dsl/errors.ts';
import type { Layer } from '../dsl/layers.ts';
import type { Model } from '../dsl/model.ts';
import { formatShape } from '../dsl/shape.ts';
import { type Forward, forward, outputOf } from './autodiff.ts';
import { Graph } from './graph.ts';
import { normalize, requireRgb } from './preprocess.ts';
import { targets } from './targets.ts';
import type { Dimension } from './tensorType.ts';
import { storeWeights, type Weights } from './weights.ts';

/**
 * The activations of layers: uint8 `images` `[N, H, W, 3]` of the model's input size in; for each layer, under its
 * name, its output at inference, float32 `[N, C, H, W]` or `[N, features]`. Weights are initializers; what only other
 * layers need is left out.
 *
 * @param layers names; by default all, from the normalised images to the probabilities
 * @throws AreographError 'name' for a layer that the model has not, 'model' unless it takes 3 channels; Error if a
 * parameter has no weights
 */
export function featureGraph(model: Model, weights: Weights, layers?: readonly string[]): Graph {
  const { graph, passed } = passImages(model, weights, 'features', 'N');
  const wanted = layers?.map((name) => layerOf(model, name)) ?? model.layers;
  for (const layer of wanted) graph.output(layer.name, outputOf(passed.units, layer));
  return graph.prune();
}

/** The forward pass at inference from uint8 `images` `[batch, H, W, 3]`, with the weights as initializers. */
export function passImages(
  model: Model,
  weights: Weights,
  purpose: string,
  batch: Dimension,
): { readonly graph: Graph; readonly passed: Forward } {
  requireRgb(model);
  const graph = new Graph(`${model.name}.${purpose}`);
  const { height, width, channels } = model.input;
  const images = graph.input('images', 'uint8', [batch, height, width, channels]);
  const passed = forward(model, {
    input: graph.scoped('normalize', () => normalize(images)),
    parameters: storeWeights(model, graph, weights),
    // As the exported graph: right on every provider.
    target: targets.webgpu,
  });
  return { graph, passed };
}

/** @throws AreographError 'name' that says the nearest name, if the model has no such layer */
export function layerOf({ name: model, layers }: Model, name: string): Layer {
  const found = layers.find((layer) => layer.name === name);
  if (found !== undefined) return found;
  const known = layers.map((layer) => layer.name);
  throw new AreographError({
    code: 'name',
    where: `a layer of ${model}`,
    expected: `one of ${known.join(', ')}`,
    found: JSON.stringify(name),
    next: `Did you mean ${closest(name, known)}?`,
  });
}

/** Rows and columns of a layer's output. @throws AreographError 'shape' for a layer without them */
export function gridOf({ name, shape }: Layer): { readonly height: number; readonly width: number } {
  const [, , height, width] = shape;
  if (height !== undefined && width !== undefined) return { height, width };
  throw new AreographError({
    code: 'shape',
    where: name,
    expected: 'a layer with rows and columns',
    found: formatShape(shape),
    next: 'Take a layer before the flattening.',
  });
}
