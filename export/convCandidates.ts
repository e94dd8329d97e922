/** Which algorithms each convolution of a model can be lowered by. */
import type { LayerAttributes } from '../dsl/layers.ts';
import type { Model } from '../dsl/model.ts';
import { sizes } from '../dsl/shape.ts';
import type { FrozenLayers } from './frozenLayers.ts';
import { convBlocks } from './fusion.ts';
import { type ConvAlgorithmName, convShape, suitable } from './rules/convAlgorithms.ts';
import { suitsPhases } from './rules/phases.ts';

export interface ConvCandidates {
  /** Name of the layer. */
  readonly name: string;
  readonly attributes: LayerAttributes['conv2d'];
  /** `[N, C, H, W]` */
  readonly input: readonly number[];
  /** Whether it takes the images, whose gradient nobody reads. */
  readonly ofImages: boolean;
  readonly algorithms: readonly ConvAlgorithmName[];
}

/** All but the convolutions that are lowered with their pool (rules/phases.ts): those have no choice. */
export function convCandidates(model: Model, batch: number, frozen?: FrozenLayers): ConvCandidates[] {
  const withPool = new Set(
    [...convBlocks(model, frozen).values()].flatMap(({ convolution, pool }) =>
      pool !== undefined &&
      suitsPhases(inputOf(convolution, batch), convolution.attributes, pool.layer.attributes)
        ? [convolution.name]
        : [],
    ),
  );
  return model.layers.flatMap((layer) => {
    if (layer.kind !== 'conv2d' || withPool.has(layer.name)) return [];
    const { name, attributes, inputs } = layer;
    const input = inputOf(layer, batch);
    const ofImages = inputs[0]?.kind === 'input';
    return [{ name, attributes, input, ofImages, algorithms: suitable(convShape(input, attributes)) }];
  });
}

function inputOf({ inputs: [input] }: Model['layers'][number], batch: number): number[] {
  return input === undefined ? [] : [batch, ...sizes(input.shape)];
}
