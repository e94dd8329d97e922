/** For tests: quantised models, without images to observe activations on. */
import type { Model } from '../../dsl/model.ts';
import type { Graph } from '../graph.ts';
import { inferenceGraph } from '../inferenceGraph.ts';
import { initialize } from '../initialize.ts';
import type { Range } from '../quantization/activations.ts';
import { foldBatchNorms } from '../quantization/foldBatchNorms.ts';
import { observedLayers } from '../quantization/quantize.ts';

/** -4 to 6 for each, 0 to 6 after a ReLU. */
export function someRanges(model: Model): Map<string, Range> {
  const activated = new Set(model.layers.filter(({ kind }) => kind === 'relu').map(({ name }) => name));
  return new Map(
    observedLayers(model).map((layer) => [layer, { low: activated.has(layer) ? 0 : -4, high: 6 }]),
  );
}

/** The complete model with its first weights, in int8. */
export function quantizedGraph(declared: Model): Graph {
  const { model, weights } = foldBatchNorms({ model: declared, weights: initialize(declared, 1) });
  return inferenceGraph(model, weights, { quantization: { ranges: someRanges(model) } });
}
