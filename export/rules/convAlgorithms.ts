/** The algorithms for a convolution's forward pass and gradients, and the choice among them by layer shape. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { reach, windowedSize } from '../../dsl/shape.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import type { Target } from '../targets.ts';
import { convAttributes } from './convAttributes.ts';
import type { ConvolutionLowering } from './convolution.ts';
import { foldedRows, rows } from './convWeightGradient.ts';
import { direct } from './directConvolution.ts';
import { groupedWeightGradient } from './groupedWeightGradient.ts';
import { winograd } from './winograd.ts';
import type { WinogradTile } from './winogradMatrices.ts';

export interface ConvShape extends ConvAttributes {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  /** Height and width. */
  readonly input: readonly number[];
  readonly output: readonly number[];
}

interface ConvAlgorithm {
  readonly lower: ConvolutionLowering;
  readonly suits: (shape: ConvShape) => boolean;
  /** Floating-point operations of the forward pass and both gradients. */
  readonly flops: (shape: ConvShape) => number;
}

export const convAlgorithms = {
  /** Conv; the weight gradient as a product per kernel row and image. */
  rows: { lower: direct(rows), suits: ungrouped, flops: directFlops },
  /** The same, as a product per kernel row over the whole batch. */
  foldedRows: { lower: direct(foldedRows), suits: ungrouped, flops: directFlops },
  grouped: { lower: direct(groupedWeightGradient), suits: ({ group }) => group > 1, flops: directFlops },
  /** Winograd's minimal filtering in tiles of 4x4, 6x6, ... inputs. */
  winograd4: minimalFiltering(4),
  winograd6: minimalFiltering(6),
  winograd8: minimalFiltering(8),
  winograd10: minimalFiltering(10),
} as const satisfies Readonly<Record<string, ConvAlgorithm>>;

export type ConvAlgorithmName = keyof typeof convAlgorithms;
export const convAlgorithmNames = [
  'rows',
  'foldedRows',
  'grouped',
  'winograd4',
  'winograd6',
  'winograd8',
  'winograd10',
] as const satisfies readonly ConvAlgorithmName[];

/**
 * Winograd's algorithm where it needs fewer operations, in the tile that needs the fewest; else Conv, whose weight
 * gradient wants the batch in its inner dimension where maps are small. `npm run bench:convolution` times them all.
 */
export function chooseAlgorithm(shape: ConvShape, target: Target): ConvAlgorithmName {
  if (shape.group > 1) return 'grouped';
  const [height = 0, width = 0] = shape.output;
  const plain = height * width > 1024 ? 'rows' : 'foldedRows';
  if (!target.winograd) return plain;
  return suitable(shape)
    .filter((name) => name !== 'rows' && name !== 'foldedRows')
    .reduce<ConvAlgorithmName>(
      (best, name) => (convAlgorithms[name].flops(shape) < convAlgorithms[best].flops(shape) ? name : best),
      plain,
    );
}

/** The algorithms that can be used for a layer of this shape. */
export function suitable(shape: ConvShape): ConvAlgorithmName[] {
  return convAlgorithmNames.filter((name) => convAlgorithms[name].suits(shape));
}

/** @param input `[N, C, H, W]` */
export function convShape(input: readonly number[], attributes: LayerAttributes['conv2d']): ConvShape {
  const [batch = 0, channels = 0, ...sizes] = input;
  const window = { ...attributes, kernel: reach(attributes.kernel, attributes.dilation) };
  return {
    ...convAttributes({ dims: input }, attributes),
    batch,
    channels,
    filters: attributes.filters,
    input: sizes,
    output: sizes.map((size) => windowedSize(size, window)),
  };
}

function ungrouped({ group }: ConvShape): boolean {
  return group === 1;
}

/** Two operations for each weight and output, three times. */
function directFlops({ batch, channels, filters, group, kernel_shape, output }: ConvShape): number {
  return 6 * batch * (channels / group) * filters * product(kernel_shape) * product(output);
}

function minimalFiltering(tile: WinogradTile): ConvAlgorithm {
  return {
    lower: (x, w, attributes, _target, bias) => winograd(tile, x, w, attributes, bias),
    suits({ group, strides, dilations, kernel_shape: [height = 1, width = 1] }) {
      const outputs = tile - height + 1;
      // Rounding grows with the tile, so the largest is for kernels that leave it no smaller one.
      const precise = tile < 10 || height > 5;
      const plain = group === 1 && [...strides, ...dilations].every((step) => step === 1);
      return plain && precise && height === width && height > 1 && outputs > 1;
    },
    flops({ batch, channels, filters, kernel_shape: [kernel = 1], input, output }) {
      const tiles = output.map((size) => Math.ceil(size / (tile - kernel + 1)));
      const points = product(tiles) * tile * tile;
      const [height = 0, width = 0] = input;
      const [, across = 0] = tiles;
      // Into the points and out of them, for X and dX with C channels, Y and dY with F.
      const transforms = 4 * (channels + filters) * height * (tile * across * width + points);
      return batch * (6 * points * channels * filters + transforms);
    },
  };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
