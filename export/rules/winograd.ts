/**
 * Convolution by Winograd's minimal filtering, https://arxiv.org/abs/1509.09308, as matrix products alone.
 *
 * The plane is cut into tiles of m x m outputs, each from t x t products. With V, U and M for input, weights and
 * output at the t x t points,
 *   V = B X B^T,  U = G W G^T,  M = V U^T (one product of matrices for each point),  Y = A^T M A,
 * and the gradients are the same steps transposed:
 *   dM = A dY A^T,  dU = dM^T V,  dV = dM U,  dW = G^T dU G,  dX = B^T dV B.
 * That all tiles of a row are transformed at once by one banded matrix (padding is where its band ends) makes every
 * step a product of two matrices in the layout that the one before leaves: nothing is moved or copied between.
 */
import type { Value } from '../graph.ts';
import { type ConvAttributes, known, windowed } from '../shapeRules.ts';
import type { Convolution } from './convolution.ts';
import { tileOutputs, type WinogradTile, winogradMatrices } from './winogradMatrices.ts';

export function winograd(
  tile: WinogradTile,
  x: Value,
  w: Value,
  attributes: ConvAttributes,
  bias?: Value,
): Convolution {
  const [n = 0, channels = 0, height = 0, width = 0] = x.sizes;
  const [filters = 0] = w.sizes;
  const [kernel = 1] = attributes.kernel_shape;
  const [stride = 1] = attributes.strides;
  const [top = 0, left = 0] = attributes.pads;
  const [, , outHeight = 0, outWidth = 0] = windowed(x, filters, attributes).dims.map(known);
  const outputs = tileOutputs(tile, kernel, stride);
  const matrices = winogradMatrices(tile, kernel, stride);
  const [down = 0, across = 0] = [outHeight, outWidth].map((size) => Math.ceil(size / outputs));
  const input: Transform = {
    vertical: bandMatrix(x, matrices.input, height, down, outputs * stride, top),
    horizontal: bandMatrix(x, matrices.input, width, across, outputs * stride, left),
  };
  const output: Transform = {
    vertical: bandMatrix(x, matrices.output, outHeight, down, outputs, 0),
    horizontal: bandMatrix(x, matrices.output, outWidth, across, outputs, 0),
  };
  // In the graph of the weights: around a Loop, those of a frozen layer are transformed once for all steps.
  const kernels = kernelMatrix(w, matrices.kernel);
  // Along one axis.
  const points = matrices.kernel.length;
  // U, [(v, u), F, C]
  const weights = kernels
    .apply('Gemm', { transA: 0, transB: 1 }, w.reshape(filters * channels, kernel * kernel))
    .reshape(points * points, filters, channels);
  const inputs = analyze(points, x, input);
  const product = synthesize(points, inputs.matMul(weights.transpose(0, 2, 1)), output, n);
  return {
    output: bias === undefined ? product : product.add(bias.reshape(1, filters, 1, 1)),
    backward(dy) {
      const gradients = analyze(points, dy, output);
      return {
        input: synthesize(points, gradients.matMul(weights), input, n),
        weight: gradients
          .transpose(0, 2, 1)
          .matMul(inputs)
          .reshape(points * points, filters * channels)
          .apply('Gemm', { transA: 1, transB: 0 }, kernels)
          .reshape(filters, channels, kernel, kernel),
      };
    },
  };
}

/** Banded matrices `[(point, tile), size]` for the two axes. */
interface Transform {
  readonly vertical: Value;
  readonly horizontal: Value;
}

/** `[N, C, H, W]` to the points: `[(v, u), (tiles down, tiles across, N), C]`. */
function analyze(points: number, x: Value, { vertical, horizontal }: Transform): Value {
  const [n = 0, channels = 0, height = 0, width = 0] = x.sizes;
  // [(v, across), (N, C, H)], then for each v: [(u, down), (across, N, C)]
  const across = horizontal.apply('Gemm', { transA: 0, transB: 1 }, x.reshape(n * channels * height, width));
  const columns = across.reshape(points, -1, height).transpose(0, 2, 1);
  return vertical.matMul(columns).reshape(points * points, -1, channels);
}

/** The transpose of {@link analyze}: every point adds up where it came from. */
function synthesize(points: number, values: Value, { vertical, horizontal }: Transform, n: number): Value {
  const [, , channels = 0] = values.sizes;
  const [rows = 0, height = 0] = vertical.sizes;
  const [columns = 0, width = 0] = horizontal.sizes;
  // For each v: [(across, N, C), H], which is [(v, across), (N, C, H)].
  const across = values.reshape(points, rows, -1).transpose(0, 2, 1).matMul(vertical).reshape(columns, -1);
  return across.apply('Gemm', { transA: 1, transB: 0 }, horizontal).reshape(n, channels, height, width);
}

/** Each tile's rows at its place along an axis: `[(point, tile), size]`; what would lie in the padding is left out. */
function bandMatrix(
  { graph }: Value,
  rows: readonly (readonly number[])[],
  size: number,
  tiles: number,
  step: number,
  pad: number,
): Value {
  const numbers = new Float32Array(rows.length * tiles * size);
  for (const [point, row] of rows.entries()) {
    for (let tile = 0; tile < tiles; tile += 1) {
      for (const [i, value] of row.entries()) {
        const position = tile * step + i - pad;
        if (position >= 0 && position < size) numbers[(point * tiles + tile) * size + position] = value;
      }
    }
  }
  return graph.constant('float32', [rows.length * tiles, size], numbers);
}

/** G (x) G, `[(v, u), (i, j)]`: point u belongs to rows i, v to columns j. */
function kernelMatrix({ graph }: Value, rows: readonly (readonly number[])[]): Value {
  const numbers = rows.flatMap((v) =>
    rows.flatMap((u) => u.flatMap((down) => v.map((across) => down * across))),
  );
  const [{ length: kernel } = []] = rows;
  return graph.constant('float32', [rows.length ** 2, kernel ** 2], Float32Array.from(numbers));
}
