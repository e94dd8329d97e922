/** The algorithms for a convolution's forward pass and gradients, and the choice among them by layer shape. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { reach, windowedSize } from '../../dsl/shape.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import type { Target } from '../targets.ts';
import { convAttributes } from './convAttributes.ts';
import type { ConvolutionLowering } from './convolution.ts';
import { foldedRows, im2col, shifts } from './convWeightGradient.ts';
import { direct } from './directConvolution.ts';
import { groupedWeightGradient } from './groupedWeightGradient.ts';
import { winograd } from './winograd.ts';
import { tileOutputs, tilePoints, type WinogradTile } from './winogradMatrices.ts';

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
  /** Conv; the weight gradient as a product per kernel element and image. */
  shifts: {
    lower: direct(shifts),
    suits: (shape: ConvShape) =>
      ungrouped(shape) && (product(shape.strides) === 1 || product(shape.kernel_shape) === 1),
    flops: directFlops,
  },
  /** The same, as a product per image with the input unfolded. */
  im2col: { lower: direct(im2col), suits: ungrouped, flops: directFlops },
  /** The same, as a product per kernel row over the whole batch. */
  foldedRows: { lower: direct(foldedRows), suits: ungrouped, flops: directFlops },
  grouped: { lower: direct(groupedWeightGradient), suits: ({ group }) => group > 1, flops: directFlops },
  /** Winograd's minimal filtering in tiles of 4x4, 6x6, ... points. */
  winograd4: minimalFiltering(4),
  winograd6: minimalFiltering(6),
  winograd8: minimalFiltering(8),
  winograd10: minimalFiltering(10),
} as const satisfies Readonly<Record<string, ConvAlgorithm>>;

export type ConvAlgorithmName = keyof typeof convAlgorithms;
export const convAlgorithmNames = [
  'shifts',
  'im2col',
  'foldedRows',
  'grouped',
  'winograd4',
  'winograd6',
  'winograd8',
  'winograd10',
] as const satisfies readonly ConvAlgorithmName[];

/**
 * Winograd's algorithm, in the tile that needs the fewest operations, unless Conv needs yet fewer by a quarter: its
 * products of matrices do more of them in the same time. `npm run bench:convolution` times them all.
 */
export function chooseAlgorithm(shape: ConvShape, target: Target): ConvAlgorithmName {
  if (shape.group > 1) return 'grouped';
  const plain = weightGradientForm(shape);
  if (!target.winograd) return plain;
  const [best] = suitable(shape)
    .filter((name) => name.startsWith('winograd'))
    .sort((a, b) => convAlgorithms[a].flops(shape) - convAlgorithms[b].flops(shape));
  const saves = best !== undefined && convAlgorithms[best].flops(shape) < 1.25 * directFlops(shape);
  return saves ? best : plain;
}

/**
 * Small maps want the batch in the inner dimension of the product. The input is unfolded where that is little, or where
 * shifts would be cut out with a stride, element by element.
 */
function weightGradientForm({ channels, kernel_shape, strides, output }: ConvShape): ConvAlgorithmName {
  const strided = product(strides) > 1 && product(kernel_shape) > 1;
  if (channels <= 4) return 'im2col';
  if (product(output) <= 64) return 'foldedRows';
  return strided ? 'im2col' : 'shifts';
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
    suits({ group, strides: [stride = 1], dilations, kernel_shape: [kernel = 1] }) {
      // Rounding grows with the tile, so the largest is for kernels that leave it no smaller one.
      const precise = tile < 10 || kernel / stride > 5;
      const plain = group === 1 && dilations.every((dilation) => dilation === 1);
      return plain && precise && (kernel > 1 || stride > 1) && tileOutputs(tile, kernel, stride) > 1;
    },
    flops({ batch, channels, filters, kernel_shape: [kernel = 1], strides: [stride = 1], input, output }) {
      const points = tilePoints(tile, kernel, stride);
      const [down = 0, across = 0] = output.map(
        (size) => points * Math.ceil(size / tileOutputs(tile, kernel, stride)),
      );
      // Into the points and out of them: for X and dX with C channels, for Y and dY with F.
      const transform = ([height = 0, width = 0]: readonly number[]) => 4 * height * across * (width + down);
      return (
        batch *
        (6 * down * across * channels * filters + channels * transform(input) + filters * transform(output))
      );
    },
  };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
