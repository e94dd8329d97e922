/** How much each pixel moves the unit in the middle of a layer: what that unit really sees. */

import type { Model } from '../dsl/model.ts';
import { backward, gradientAt, outputOf } from './autodiff.ts';
import { DenseCotangent } from './cotangent.ts';
import { gridOf, layerOf, passImages } from './featureGraph.ts';
import type { Graph } from './graph.ts';
import type { Weights } from './weights.ts';

/**
 * uint8 `images` `[batch, H, W, 3]` in; float32 `gradient` `[batch, 3, H, W]` out: of the sum over the channels of a
 * layer's unit in row h / 2 and column w / 2 (of h rows and w columns, rounded down) with respect to the normalised
 * images, at inference. Its size is the effective receptive field (Luo et al. 2016, https://arxiv.org/abs/1701.04128).
 *
 * @throws AreographError 'name' for a layer that the model has not, 'shape' for one without rows and columns, 'model'
 * unless the model takes 3 channels; Error if a parameter has no weights
 */
export function centreGradientGraph(model: Model, weights: Weights, name: string, batch: number): Graph {
  const { graph, passed } = passImages(model, weights, 'centreGradient', batch);
  const layer = layerOf(model, name);
  const output = outputOf(passed.units, layer);
  const { height, width } = gridOf(layer);
  const centre = new Float32Array(height * width);
  centre[Math.floor(height / 2) * width + Math.floor(width / 2)] = 1;
  const seed = graph
    .constant('float32', [1, 1, height, width], centre)
    .apply('Expand', {}, graph.ints(output.sizes));
  const [images = layer] = model.layers;
  const gradients = backward(model, passed, [[layer, new DenseCotangent(seed)]]);
  graph.output('gradient', gradientAt(gradients, images));
  return graph.prune();
}
