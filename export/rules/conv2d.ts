/** 2-D convolution and its two gradients. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { reach } from '../../dsl/shape.ts';
import { DenseCotangent } from '../cotangent.ts';
import type { Value } from '../graph.ts';
import { type ConvAttributes, reaches } from '../shapeRules.ts';
import { elementCount } from '../tensorType.ts';
import { weightGradient } from './convWeightGradient.ts';
import { convolve, convolveTransposed } from './groupedConvolution.ts';
import { groupedWeightGradient } from './groupedWeightGradient.ts';
import { leftOver, windowAttributes } from './pooling.ts';
import { need, type Rule } from './rule.ts';

/** y = x * W + b (cross-correlation); db = sum dy over batch, height and width. */
export const conv2d: Rule<LayerAttributes['conv2d']> = ({
  inputs,
  parameters: { weight, bias },
  attributes,
}) => {
  const x = need(inputs[0]);
  const w = need(weight);
  const window = convAttributes(x, attributes);
  return {
    output: convolve(x, w, window, bias),
    backward(cotangent) {
      const dy = cotangent.dense();
      const dw = window.group === 1 ? weightGradient(x, dy, window) : groupedWeightGradient(x, dy, window);
      return {
        inputs: [new DenseCotangent(inputGradient(x, w, dy, window))],
        parameters: { weight: dw, ...(bias === undefined ? {} : { bias: dy.sum([0, 2, 3]) }) },
      };
    },
  };
};

/** ONNX attributes of the convolution; what 'same' pads depends on the dilated kernel's reach. */
function convAttributes(
  x: Value,
  { kernel, stride, padding, dilation, groups }: LayerAttributes['conv2d'],
): ConvAttributes {
  return {
    ...windowAttributes(x, { kernel: reach(kernel, dilation), stride, padding }),
    kernel_shape: [kernel, kernel],
    dilations: [dilation, dilation],
    group: groups,
  };
}

/**
 * dX = dY convolved with W, flipped and with its channel axes exchanged within each group, padded by
 * reach - 1 - pad. Only stride 1 has that form; the general one is ONNX's ConvTranspose.
 */
function inputGradient(x: Value, w: Value, dy: Value, window: ConvAttributes): Value {
  const { kernel_shape, strides, pads, dilations, group } = window;
  const reached = reaches(kernel_shape, dilations);
  const flippedPads = pads.map((pad, i) => (reached[i % 2] ?? 1) - 1 - pad);
  if (strides.every((stride) => stride === 1) && flippedPads.every((pad) => pad >= 0)) {
    const [filters = 0, inGroup = 0, ...kernel] = w.sizes;
    const count = elementCount(kernel);
    // Height and width reversed together are their product reversed.
    const flipped = w
      .reshape(group, filters / group, inGroup, count)
      .slice(3, -1, -count - 1, -1)
      .transpose(0, 2, 1, 3)
      .reshape(group * inGroup, filters / group, ...kernel);
    return convolve(dy, flipped, { ...window, pads: flippedPads });
  }
  const output_padding = leftOver(x.sizes.slice(2), dy.sizes.slice(2), { ...window, kernel_shape: reached });
  return convolveTransposed(dy, w, { ...window, output_padding });
}
