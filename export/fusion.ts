/** Finds layers that are better lowered together: the convolutional blocks of rules/convBlock.ts. */
import type { Layer } from '../dsl/layers.ts';
import type { Model } from '../dsl/model.ts';
import type { FrozenLayers } from './frozenLayers.ts';

export interface FusedLayers {
  readonly convolution: Layer<'conv2d'>;
  readonly norm: Layer<'batchNorm'>;
  readonly pool:
    | { readonly layer: Layer<'maxPool'>; readonly activation: Layer<'relu' | 'leakyRelu'> | undefined }
    | undefined;
}

/**
 * Blocks by their last layer: a convolution without bias and its batch norm and, where they follow, an activation
 * that does not decrease and a max-pool; nothing else may read what is between. A frozen convolution or norm is left by
 * itself: the block is there for the statistics of the batch, and for gradients of both.
 */
export function convBlocks({ layers }: Model, frozen: FrozenLayers = new Set()): Map<Layer, FusedLayers> {
  const readers = new Map<Layer, Layer[]>();
  for (const layer of layers) {
    for (const input of layer.inputs) readers.set(input, [...(readers.get(input) ?? []), layer]);
  }
  const next = (layer: Layer): Layer | undefined => {
    const [only, ...others] = readers.get(layer) ?? [];
    return others.length === 0 ? only : undefined;
  };
  return new Map(
    layers.flatMap((convolution) => {
      if (convolution.kind !== 'conv2d' || convolution.attributes.bias) return [];
      const norm = next(convolution);
      if (norm?.kind !== 'batchNorm' || frozen.has(convolution.name) || frozen.has(norm.name)) return [];
      const after = next(norm);
      const activation = after !== undefined && isMonotone(after) ? after : undefined;
      const layer = activation === undefined ? after : next(activation);
      const pool = layer?.kind === 'maxPool' ? { layer, activation } : undefined;
      return [[pool?.layer ?? norm, { convolution, norm, pool }] as const];
    }),
  );
}

function isMonotone(layer: Layer): layer is Layer<'relu' | 'leakyRelu'> {
  return layer.kind === 'relu' || (layer.kind === 'leakyRelu' && layer.attributes.slope >= 0);
}
