/**
 * dW of a convolution with stride s, dilation d and padding p:
 * dW[f, c, i, j] = sum over n, h, w of dY[n, f, h, w] X[n, c, h s + i d - p, w s + j d - p].
 *
 * Groups are independent, as images are before the sum over the batch, so an image's group is treated as an image:
 * `[N, C, H, W]` is `[N G, C / G, H, W]` without moving anything.
 */
import { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import { elementCount } from '../tensorType.ts';

/** One product per image with the input unfolded (im2col): by a convolution whose kernels are one-hot. */
export function im2col(x: Value, dy: Value, attributes: ConvAttributes): Value {
  const [n = 0, channels = 0, ...plane] = x.sizes;
  const [, filters = 0, ...output] = dy.sizes;
  const { kernel_shape, group } = attributes;
  const weights = elementCount(kernel_shape);
  const inGroup = channels / group;
  const oneHot = new Float32Array(weights ** 2);
  for (let i = 0; i < weights; i += 1) oneHot[i * weights + i] = 1;
  const kernels = x.graph.constant('float32', [weights, 1, ...kernel_shape], oneHot);
  const columns = x
    .reshape(n * channels, 1, ...plane)
    .apply('Conv', { ...attributes, group: 1 }, kernels)
    .reshape(n * group, inGroup * weights, elementCount(output));
  return dy
    .reshape(n * group, filters / group, elementCount(output))
    .matMul(columns.transpose(0, 2, 1))
    .reshape(n, filters, inGroup * weights)
    .sum([0])
    .reshape(filters, inGroup, ...kernel_shape);
}

/** One product per kernel element and image: each shift of the input is cut out with the padding that it needs. */
export function shifts(
  x: Value,
  dy: Value,
  { kernel_shape, strides, dilations, pads, group }: ConvAttributes,
): Value {
  const [n = 0, channels = 0] = x.sizes;
  const inGroup = channels / group;
  const [, filters = 0, ...output] = dy.sizes;
  const size = elementCount(output);
  const [kernelHeight = 1, kernelWidth = 1] = kernel_shape;
  const [dilationY = 1, dilationX = 1] = dilations;
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  const [overHeight, overWidth] = [(kernelHeight - 1) * dilationY, (kernelWidth - 1) * dilationX];
  const gradients = dy.reshape(n * group, filters / group, size);
  const products = Array.from({ length: kernelHeight * kernelWidth }, (_, at) => {
    const down = Math.floor(at / kernelWidth) * dilationY;
    const across = (at % kernelWidth) * dilationX;
    // A negative pad cuts off.
    const sizes = [
      0,
      0,
      top - down,
      left - across,
      0,
      0,
      bottom - overHeight + down,
      right - overWidth + across,
    ];
    const shifted = thin(x.pad(sizes), strides).reshape(n * group, inGroup, size);
    return gradients
      .matMul(shifted.transpose(0, 2, 1))
      .reshape(n, filters, inGroup)
      .sum([0])
      .reshape(filters, inGroup, 1);
  });
  return Value.concat(products, 2).reshape(filters, inGroup, kernelHeight, kernelWidth);
}

/** Every stride-th element of height and width; a max-pool over single elements is faster than a Slice. */
function thin(x: Value, strides: readonly number[]): Value {
  if (strides.every((stride) => stride === 1)) return x;
  return x.apply('MaxPool', { kernel_shape: strides.map(() => 1), strides, pads: [0, 0, 0, 0] });
}

/**
 * One product per kernel row over batch and space as one axis: channels are brought to the front first. Without groups.
 */
export function foldedRows(
  x: Value,
  dy: Value,
  { kernel_shape, strides, dilations, pads }: ConvAttributes,
): Value {
  const [, channels = 0] = x.sizes;
  const [n = 0, filters = 0, height = 0, width = 0] = dy.sizes;
  const [kernelHeight = 1, kernelWidth = 1] = kernel_shape;
  const [strideY = 1, strideX = 1] = strides;
  const [dilationY = 1, dilationX = 1] = dilations;
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  const padded = x.pad([0, 0, top, left, 0, 0, bottom, right]).transpose(1, 0, 2, 3);
  const starts = (length: number, dilation: number) => Array.from({ length }, (_, i) => i * dilation);
  const columns = starts(kernelWidth, dilationX).map((start) =>
    padded.slice(3, start, start + (width - 1) * strideX + 1, strideX),
  );
  // [kW C, N, H, Wo]
  const shifted = Value.concat(columns, 0);
  const gradients = dy.transpose(1, 0, 2, 3).reshape(filters, n * height * width);
  const products = starts(kernelHeight, dilationY).map((start) =>
    gradients.apply(
      'Gemm',
      { transA: 0, transB: 1 },
      shifted.slice(2, start, start + (height - 1) * strideY + 1, strideY).reshape(-1, n * height * width),
    ),
  );
  // From one [F, kW C] for each kernel row, moving a single axis.
  return Value.concat(products, 1)
    .reshape(filters, kernelHeight * kernelWidth, channels)
    .transpose(0, 2, 1)
    .reshape(filters, channels, kernelHeight, kernelWidth);
}
