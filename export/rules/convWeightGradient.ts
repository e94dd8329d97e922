/**
 * dW of a convolution without groups, with stride s, dilation d and padding p:
 * dW[f, c, i, j] = sum over n, h, w of dY[n, f, h, w] X[n, c, h s + i d - p, w s + j d - p].
 *
 * Both forms lay the shifts along the kernel's width side by side as channels, once, and then take one matrix
 * product per kernel row.
 */
import type { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';

/** One product per kernel row and image, summed over the batch. */
export function rows(x: Value, dy: Value, window: ConvAttributes): Value {
  const [n = 0, filters = 0, height = 0, width = 0] = dy.sizes;
  const dyMatrix = dy.reshape(n, filters, height * width);
  const products = shiftedRows(pad(x, window), dy, window, 1).map((row) => {
    const inputs = row.reshape(n, -1, height * width).transpose(0, 2, 1);
    return dyMatrix.matMul(inputs).sum([0]);
  });
  return assemble(products, x, filters, window);
}

/** One product per kernel row over batch and space as one axis: channels are brought to the front first. */
export function foldedRows(x: Value, dy: Value, window: ConvAttributes): Value {
  const [n = 0, filters = 0, height = 0, width = 0] = dy.sizes;
  const dyMatrix = dy.transpose(1, 0, 2, 3).reshape(filters, n * height * width);
  const products = shiftedRows(pad(x, window).transpose(1, 0, 2, 3), dy, window, 0).map((row) =>
    dyMatrix.apply('Gemm', { transA: 0, transB: 1 }, row.reshape(-1, n * height * width)),
  );
  return assemble(products, x, filters, window);
}

/**
 * For each kernel row, the input elements that it meets: `[N, kW C, Ho, Wo]`, or `[kW C, N, Ho, Wo]` where
 * channels are axis 0.
 */
export function shiftedRows(
  padded: Value,
  dy: Value,
  { kernel_shape, strides, dilations }: ConvAttributes,
  channelAxis: 0 | 1,
): Value[] {
  const [kernelHeight = 1, kernelWidth = 1] = kernel_shape;
  const [strideY = 1, strideX = 1] = strides;
  const [dilationY = 1, dilationX = 1] = dilations;
  const [, , height = 0, width = 0] = dy.sizes;
  const starts = (length: number, dilation: number) => Array.from({ length }, (_, i) => i * dilation);
  const shifts = starts(kernelWidth, dilationX).map((start) =>
    padded.slice(3, start, start + (width - 1) * strideX + 1, strideX),
  );
  const shifted = concat(shifts, channelAxis);
  return starts(kernelHeight, dilationY).map((start) =>
    shifted.slice(2, start, start + (height - 1) * strideY + 1, strideY),
  );
}

export function pad(x: Value, { pads }: ConvAttributes): Value {
  if (pads.every((size) => size === 0)) return x;
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  const sizes = x.graph.ints([0, 0, top, left, 0, 0, bottom, right]);
  return x.apply('Pad', { mode: 'constant' }, sizes);
}

/** From one `[F, kW C]` product per kernel row to `[F, C, kH, kW]`, moving a single axis. */
function assemble(
  products: readonly Value[],
  x: Value,
  filters: number,
  { kernel_shape }: ConvAttributes,
): Value {
  const [, channels = 0] = x.sizes;
  const [height = 1, width = 1] = kernel_shape;
  return concat(products, 1)
    .reshape(filters, height * width, channels)
    .transpose(0, 2, 1)
    .reshape(filters, channels, height, width);
}

export function concat(parts: readonly Value[], axis: number): Value {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error('a kernel has at least one row and one column');
  return others.length === 0 ? first : first.apply('Concat', { axis }, ...others);
}
