/** From a declared convolution to the attributes of ONNX's Conv. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { reach } from '../../dsl/shape.ts';
import type { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import { windowAttributes } from './windows.ts';

/** What 'same' pads depends on the dilated kernel's reach. */
export function convAttributes(
  x: Pick<Value, 'dims'>,
  { kernel, stride, padding, dilation, groups }: LayerAttributes['conv2d'],
): ConvAttributes {
  return {
    ...windowAttributes(x, { kernel: reach(kernel, dilation), stride, padding }),
    kernel_shape: [kernel, kernel],
    dilations: [dilation, dilation],
    group: groups,
  };
}
