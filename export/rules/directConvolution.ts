/** Convolution by ONNX's Conv, and its gradients. */
import type { Value } from '../graph.ts';
import { type ConvAttributes, reaches } from '../shapeRules.ts';
import type { Target } from '../targets.ts';
import { elementCount } from '../tensorType.ts';
import type { ConvolutionLowering } from './convolution.ts';
import { convolve, convolveTransposed } from './convolve.ts';
import { leftOver } from './windows.ts';

/** @param weightGradient the form that the costliest part takes */
export function direct(
  weightGradient: (x: Value, dy: Value, attributes: ConvAttributes, target: Target) => Value,
): ConvolutionLowering {
  return (x, w, attributes, target, bias) => ({
    output: convolve(x, w, attributes, target, bias),
    backward: (dy) => ({
      input: inputGradient(x, w, dy, attributes, target),
      weight: weightGradient(x, dy, attributes, target),
    }),
  });
}

/**
 * dX = dY convolved with W, flipped and with its channel axes exchanged within each group, padded by
 * reach - 1 - pad. Only stride 1 has that form; the general one is ONNX's ConvTranspose.
 */
function inputGradient(x: Value, w: Value, dy: Value, attributes: ConvAttributes, target: Target): Value {
  const { kernel_shape, strides, pads, dilations, group } = attributes;
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
    return convolve(dy, flipped, { ...attributes, pads: flippedPads }, target);
  }
  const output_padding = leftOver(x.sizes.slice(2), dy.sizes.slice(2), {
    ...attributes,
    kernel_shape: reached,
  });
  return convolveTransposed(dy, w, { ...attributes, output_padding }, target);
}
