/** dW of a convolution in groups. */
import type { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import type { Target } from '../targets.ts';
import { elementCount } from '../tensorType.ts';
import { mixesGroups } from './convolve.ts';
import { im2col, shifts } from './convWeightGradient.ts';

/**
 * Matrix products over few channels are all overhead; a convolution with dY as its kernel, which onnxruntime
 * unfolds a group at a time and so within the cache, is faster up to 8 channels in a group, and slower from 16.
 * Shifts of a strided convolution would be cut out element by element.
 */
export function groupedWeightGradient(x: Value, dy: Value, window: ConvAttributes, target: Target): Value {
  const { group, kernel_shape, strides } = window;
  const [n = 0, channels = 0] = x.sizes;
  const [, filters = 0] = dy.sizes;
  const narrow = channels / group <= 8;
  if (narrow && !mixesGroups(n * filters, n * group, target)) return byConvolution(x, dy, window);
  const strided = elementCount(strides) > 1 && elementCount(kernel_shape) > 1;
  return strided ? im2col(x, dy, window) : shifts(x, dy, window);
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
