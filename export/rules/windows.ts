/** From declared windows to those of ONNX. */
import { axisPads, type Window } from '../../dsl/shape.ts';
import type { Value } from '../graph.ts';
import type { WindowAttributes } from '../shapeRules.ts';

/** ONNX attributes of a square window over the height and width of `[N, C, H, W]`. */
export function windowAttributes({ dims }: Pick<Value, 'dims'>, window: Window): WindowAttributes {
  const [height, width] = dims.slice(2).map(Number);
  const [top, bottom] = axisPads(height ?? 0, window);
  const [left, right] = axisPads(width ?? 0, window);
  return {
    kernel_shape: [window.kernel, window.kernel],
    strides: [window.stride, window.stride],
    pads: [top, left, bottom, right],
  };
}

/** Rows and columns at the end of the input that no window reached: ONNX's output_padding of the transpose. */
export function leftOver(
  input: readonly number[],
  output: readonly number[],
  window: WindowAttributes,
): number[] {
  const { kernel_shape, strides, pads } = window;
  return input.map((size, axis) => {
    const reached = ((output[axis] ?? 0) - 1) * (strides[axis] ?? 1) + (kernel_shape[axis] ?? 1);
    return size + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - reached;
  });
}
