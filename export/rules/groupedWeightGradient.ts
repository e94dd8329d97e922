/**
 * dW of a convolution in groups: that of {@link weightGradient}, each group alone.
 *
 * Groups are independent, as images are before the sum over the batch, so an image's group is treated as one:
 * `[N, C, H, W]` is `[N G, C / G, H, W]` without moving anything.
 */
import { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import type { Target } from '../targets.ts';
import { mixesGroups } from './convolve.ts';
import { pad, shiftedRows } from './convWeightGradient.ts';

/**
 * Matrix products over few channels are all overhead; a convolution with dY as its kernel, which onnxruntime
 * unfolds a group at a time and so within the cache, is faster up to 8 channels in a group, and slower from 16.
 */
export function groupedWeightGradient(x: Value, dy: Value, window: ConvAttributes, target: Target): Value {
  const [n = 0, channels = 0] = x.sizes;
  const [, filters = 0] = dy.sizes;
  const narrow = channels / window.group <= 8;
  return narrow && !mixesGroups(n * filters, n * window.group, target)
    ? byConvolution(x, dy, window)
    : byRows(x, dy, window);
}

/** dY is the kernel that slides over X: its stride is the convolution's dilation, its dilation the stride. */
function byConvolution(
  x: Value,
  dy: Value,
  { kernel_shape, strides, dilations, pads, group }: ConvAttributes,
) {
  const [n = 0, channels = 0, height = 0, width = 0] = x.sizes;
  const [, filters = 0, ...output] = dy.sizes;
  const [kernelHeight = 1, kernelWidth = 1] = kernel_shape;
  const inGroup = channels / group;
  const images = x
    .reshape(n * group, inGroup, height, width)
    .transpose(1, 0, 2, 3)
    .reshape(inGroup, n * group, height, width);
  return (
    images
      .apply(
        'Conv',
        { kernel_shape: output, strides: dilations, dilations: strides, pads, group: n * group },
        dy.reshape(n * filters, 1, ...output),
      )
      // Where no window reached the end of the input there are more positions than the kernel has.
      .slice(2, 0, kernelHeight)
      .slice(3, 0, kernelWidth)
      .reshape(inGroup, n, filters, kernelHeight * kernelWidth)
      .sum([1])
      .transpose(1, 0, 2)
      .reshape(filters, inGroup, kernelHeight, kernelWidth)
  );
}

/** One product per kernel row, image and group, summed over the batch. */
function byRows(x: Value, dy: Value, window: ConvAttributes): Value {
  const { group, kernel_shape } = window;
  const [n = 0, channels = 0] = x.sizes;
  const [, filters = 0, height = 0, width = 0] = dy.sizes;
  const [kernelHeight = 1, kernelWidth = 1] = kernel_shape;
  const inGroup = channels / group;
  const padded = pad(x, window);
  const images = padded.reshape(n * group, inGroup, ...padded.sizes.slice(2));
  const dyMatrix = dy.reshape(n * group, filters / group, height * width);
  const products = shiftedRows(images, dy, window, 1).map((row) =>
    dyMatrix
      .matMul(row.reshape(n * group, -1, height * width).transpose(0, 2, 1))
      .reshape(n, filters, kernelWidth * inGroup)
      .sum([0]),
  );
  return Value.concat(products, 1)
    .reshape(filters, kernelHeight * kernelWidth, inGroup)
    .transpose(0, 2, 1)
    .reshape(filters, inGroup, kernelHeight, kernelWidth);
}
