/** 2-D convolution and its two gradients. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import type { Value } from '../graph.ts';
import type { WindowAttributes } from '../shapeRules.ts';
import type { Target } from '../targets.ts';
import { elementCount } from '../tensorType.ts';
import { convolve } from './convolve.ts';
import { weightGradient } from './convWeightGradient.ts';
import { leftOver, windowAttributes } from './pooling.ts';
import { need, type Rule } from './rule.ts';

/** y = x * W + b (cross-correlation); db = sum dy over batch, height and width. */
export const conv2d: Rule<LayerAttributes['conv2d']> = ({
  inputs,
  parameters: { weight, bias },
  attributes,
  target,
}) => {
  const x = need(inputs[0]);
  const w = need(weight);
  const window = windowAttributes(x, attributes);
  return {
    output: convolve(x, w, bias, { ...window, dilations: [1, 1], group: 1 }, target),
    backward(cotangent) {
      const dy = cotangent.dense();
      return {
        inputs: [new DenseCotangent(inputGradient(x, w, dy, window, target))],
        parameters: {
          weight: weightGradient(x, dy, window),
          ...(bias === undefined ? {} : { bias: dy.sum([0, 2, 3]) }),
        },
      };
    },
  };
};

/**
 * dX = dY convolved with W, flipped and with its channel axes exchanged, padded by kernel - 1 - pad. Only
 * stride 1 has that form; the general one is ONNX's ConvTranspose.
 */
function inputGradient(x: Value, w: Value, dy: Value, window: WindowAttributes, target: Target): Value {
  const { kernel_shape, strides, pads } = window;
  const flippedPads = pads.map((pad, i) => (kernel_shape[i % 2] ?? 1) - 1 - pad);
  if (strides.every((stride) => stride === 1) && flippedPads.every((pad) => pad >= 0)) {
    const [filters = 0, channels = 0, ...kernel] = w.sizes;
    const count = elementCount(kernel);
    // Height and width reversed together are their product reversed.
    const flipped = w
      .reshape(filters, channels, count)
      .slice(2, -1, -count - 1, -1)
      .transpose(1, 0, 2)
      .reshape(channels, filters, ...kernel);
    const attributes = { kernel_shape, strides, pads: flippedPads, dilations: [1, 1], group: 1 };
    return convolve(dy, flipped, undefined, attributes, target);
  }
  const output_padding = leftOver(x.sizes.slice(2), dy.sizes.slice(2), window);
  return dy.apply('ConvTranspose', { ...window, output_padding, group: 1 }, w);
}
