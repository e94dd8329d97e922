/**
 * A convolution and the 2x2 max-pool after it as one convolution of stride 2: each position of the pool's window has
 * filters of its own, the layer's, shifted by that position in a kernel one larger. Pooling is then the largest of
 * four channels, element by element, forward and backward; MaxPool's indices and their way back cost several times
 * as much.
 */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import { Value } from '../graph.ts';
import type { Target } from '../targets.ts';
import { convShape } from './convAlgorithms.ts';
import { convAttributes } from './convAttributes.ts';
import type { PooledConvolution } from './convolution.ts';
import { im2col } from './convWeightGradient.ts';
import { direct } from './directConvolution.ts';

const positions = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** Where the larger kernel costs little: few channels, as images have. @param input `[N, C, H, W]` */
export function suitsPhases(
  input: readonly number[],
  convolution: LayerAttributes['conv2d'],
  pool: LayerAttributes['maxPool'],
): boolean {
  const { stride, dilation, groups } = convolution;
  const { channels, output } = convShape(input, convolution);
  const plain = stride === 1 && dilation === 1 && groups === 1;
  const halves = pool.kernel === 2 && pool.stride === 2 && (pool.padding === 'same' || pool.padding === 0);
  return channels <= 4 && plain && halves && output.every((size) => size % 2 === 0);
}

export function pooledByPhases(
  x: Value,
  weight: Value,
  bias: Value,
  attributes: LayerAttributes['conv2d'],
  target: Target,
): PooledConvolution {
  const [filters = 0] = weight.sizes;
  const { kernel } = attributes;
  const kernels = positions.map(([down, across]) =>
    weight.pad([0, 0, down, across, 0, 0, 1 - down, 1 - across]),
  );
  const strided = {
    ...convAttributes(x, attributes),
    kernel_shape: [kernel + 1, kernel + 1],
    strides: [2, 2],
  };
  const { output, backward } = direct(im2col)(
    x,
    Value.concat(kernels, 0),
    strided,
    target,
    Value.concat(
      positions.map(() => bias),
      0,
    ),
  );
  const [n = 0, , height = 0, width = 0] = output.sizes;
  const size = filters * height * width;
  const candidates = output.reshape(n, positions.length, size);
  const maxima = candidates.maxOver([1], 1);
  return {
    values: output.reshape(n * positions.length, filters, height, width),
    maxima: maxima.reshape(n, filters, height, width),
    // Equals share alike, where PyTorch gives all to the first. Values are equal where the image is flat, and
    // there the weights' gradient is the same.
    spread(dMaxima) {
      const winners = candidates.equal(maxima).cast('float32');
      const shares = dMaxima
        .dense()
        .reshape(n, 1, size)
        .div(winners.sum([1], 1));
      return winners.mul(shares).reshape(n * positions.length, filters, height, width);
    },
    backward(dValues) {
      const { input, weight: wide } = backward(dValues.reshape(n, positions.length * filters, height, width));
      const [first, ...others] = positions.map(([down, across], position) =>
        wide
          .slice(0, position * filters, (position + 1) * filters)
          .slice(2, down, down + kernel)
          .slice(3, across, across + kernel),
      );
      if (first === undefined) throw new Error('a window has positions');
      return {
        inputs: [new DenseCotangent(input)],
        weight: others.reduce((sum, each) => sum.add(each), first),
      };
    },
  };
}
