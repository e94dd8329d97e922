/**
 * dW of a convolution: dW[f, c, i, j] = sum over n, h, w of dY[n, f, h, w] X[n, c, h s + i - p, w s + j - p].
 *
 * The costliest part of training a CNN, and no form is the fastest everywhere, so it is chosen by layer shape.
 */
import type { Value } from '../graph.ts';
import type { windowAttributes } from './pooling.ts';

type ConvWindow = ReturnType<typeof windowAttributes>;
type Form = (x: Value, dy: Value, window: ConvWindow) => Value;

export const weightGradientForms = {
  /** A convolution of X by dY with batch and channels exchanged: few input channels keep it small. */
  exchanged,
  /** One product per kernel row and image. */
  rows,
  /** One product per kernel row over the whole batch: small maps make the inner dimension long enough. */
  foldedRows,
} as const satisfies Record<string, Form>;
export type WeightGradientForm = keyof typeof weightGradientForms;

export function weightGradient(x: Value, dy: Value, window: ConvWindow): Value {
  return weightGradientForms[chooseForm(x, dy)](x, dy, window);
}

/** Measured on a 2-core x86-64 CPU with onnxruntime 1.30: see train/bench. */
export function chooseForm(x: Value, dy: Value): WeightGradientForm {
  const [, channels = 0] = x.sizes;
  const [, , height = 0, width = 0] = dy.sizes;
  if (channels <= 4) return 'exchanged';
  return height * width >= 1024 ? 'rows' : 'foldedRows';
}

function exchanged(x: Value, dy: Value, { kernel_shape, strides, pads }: ConvWindow): Value {
  const [height = 1, width = 1] = kernel_shape;
  const products = x.transpose(1, 0, 2, 3).apply(
    'Conv',
    // A step of the forward window is a dilation here.
    { kernel_shape: dy.sizes.slice(2), strides: [1, 1], pads, dilations: strides, group: 1 },
    dy.transpose(1, 0, 2, 3),
  );
  // Where the stride leaves a rest, positions past the kernel come out too.
  return products.slice(2, 0, height).slice(3, 0, width).transpose(1, 0, 2, 3);
}

function rows(x: Value, dy: Value, window: ConvWindow): Value {
  const [n = 0, filters = 0, height = 0, width = 0] = dy.sizes;
  const dyMatrix = dy.reshape(n, filters, height * width).transpose(0, 2, 1);
  const products = shiftedRows(pad(x, window), dy, window).map((row) =>
    row
      .reshape(n, -1, height * width)
      .matMul(dyMatrix)
      .sum([0]),
  );
  return assemble(products, x, filters, window);
}

function foldedRows(x: Value, dy: Value, window: ConvWindow): Value {
  const [n = 0, filters = 0, height = 0, width = 0] = dy.sizes;
  const dyMatrix = dy.transpose(1, 0, 2, 3).reshape(filters, n * height * width);
  // Channels first, so that batch and space are one axis of each row.
  const rowsOfX = shiftedRows(pad(x, window).transpose(1, 0, 2, 3), dy, window, 0);
  const products = rowsOfX.map((row) =>
    row.reshape(-1, n * height * width).apply('Gemm', { transA: 0, transB: 1 }, dyMatrix),
  );
  return assemble(products, x, filters, window);
}

/**
 * For each kernel row, the input elements that it meets: the shifts along the width side by side as channels,
 * `[N, kW C, Ho, Wo]` (or `[kW C, N, Ho, Wo]`, channels being axis 0).
 */
function shiftedRows(
  padded: Value,
  dy: Value,
  { kernel_shape, strides }: ConvWindow,
  channelAxis = 1,
): Value[] {
  const [kernelHeight = 1, kernelWidth = 1] = kernel_shape;
  const [strideY = 1, strideX = 1] = strides;
  const [, , height = 0, width = 0] = dy.sizes;
  const [first, ...others] = Array.from({ length: kernelWidth }, (_, j) =>
    padded.slice(3, j, j + (width - 1) * strideX + 1, strideX),
  );
  if (first === undefined) return [];
  const shifted = others.length === 0 ? first : first.apply('Concat', { axis: channelAxis }, ...others);
  return Array.from({ length: kernelHeight }, (_, i) =>
    shifted.slice(2, i, i + (height - 1) * strideY + 1, strideY),
  );
}

function pad(x: Value, { pads }: ConvWindow): Value {
  if (pads.every((size) => size === 0)) return x;
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  const sizes = x.graph.ints([0, 0, top, left, 0, 0, bottom, right]);
  return x.apply('Pad', { mode: 'constant' }, sizes);
}

/** From one `[kW C, F]` product per kernel row to `[F, C, kH, kW]`. */
function assemble(
  products: readonly Value[],
  x: Value,
  filters: number,
  { kernel_shape }: ConvWindow,
): Value {
  const [, channels = 0] = x.sizes;
  const [height = 1, width = 1] = kernel_shape;
  const [first, ...others] = products;
  if (first === undefined) throw new Error('a kernel has at least one row');
  const joined = others.length === 0 ? first : first.apply('Concat', { axis: 0 }, ...others);
  return joined.reshape(height, width, channels, filters).transpose(3, 2, 0, 1);
}
