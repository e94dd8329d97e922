/**
 * Winograd's F(m, k): m outputs of a correlation with k weights from m + k - 1 products instead of m k.
 *
 * Evaluating two polynomials at t = m + k - 1 points (one of them infinity), multiplying there and interpolating
 * gives their product (Toom-Cook); transposed with regard to one factor, that is the correlation of a
 * convolutional layer. A. Lavin, S. Gray, https://arxiv.org/abs/1509.09308
 *
 * With a stride s, output i is the sum over phases p of a correlation without stride: of the inputs p, p + s, ... with
 * the weights p, p + s, .... Each phase has points of its own.
 */

/** Rows are the t points: y[i] = sum over u of output[u][i] (sum_j kernel[u][j] w[j]) (sum_j input[u][j] x[j]). */
export interface WinogradMatrices {
  /** `[t][(m - 1) s + k]` */
  readonly input: Matrix;
  /** `[t][k]` */
  readonly kernel: Matrix;
  /** `[t][m]` */
  readonly output: Matrix;
}

type Matrix = readonly (readonly number[])[];

/**
 * Finite points by tile size, beside infinity; a size between takes some of the next. Rounding grows with the tile and
 * with the choice of points (https://arxiv.org/abs/1803.10986): these gave the least float32 error in a random search
 * over symmetric sets; winogradMatrices.test.ts holds what is left of it.
 */
const points = {
  4: [0, 1, -1],
  6: [0, 2 / 3, -2 / 3, 1.425, -1.425],
  8: [0, 0.5, -0.5, 1, -1, 2, -2],
  10: [0, 0.43, -0.43, 0.8, -0.8, 1.23, -1.23, 2.4, -2.4],
} as const;

export type WinogradTile = keyof typeof points;
export const winogradTiles = [4, 6, 8, 10] as const satisfies readonly WinogradTile[];

/** Outputs m of a tile; under 1 where the kernel is too large for it. @param tile points of the first phase, which has the most weights */
export function tileOutputs(tile: WinogradTile, kernel: number, stride: number): number {
  return tile - Math.ceil(kernel / stride) + 1;
}

/** Points t of a tile, along one axis. */
export function tilePoints(tile: WinogradTile, kernel: number, stride: number): number {
  const outputs = tileOutputs(tile, kernel, stride);
  return phases(kernel, stride).reduce((sum, { length }) => sum + outputs + length - 1, 0);
}

export function winogradMatrices(tile: WinogradTile, kernel: number, stride: number): WinogradMatrices {
  const outputs = tileOutputs(tile, kernel, stride);
  const width = (outputs - 1) * stride + kernel;
  const all = phases(kernel, stride).map((taps, phase) => {
    const { input, kernel: weights, output } = filtering(points[tile], outputs, taps.length);
    return {
      input: input.map((row) => spread(row, phase, stride, width)),
      kernel: weights.map((row) => spread(row, phase, stride, kernel)),
      output,
    };
  });
  return {
    input: all.flatMap(({ input }) => input),
    kernel: all.flatMap(({ kernel: weights }) => weights),
    output: all.flatMap(({ output }) => output),
  };
}

/** The weights of each phase that has any. */
function phases(kernel: number, stride: number): number[][] {
  const taps = Array.from({ length: kernel }, (_, tap) => tap);
  return Array.from({ length: Math.min(stride, kernel) }, (_, phase) =>
    taps.filter((tap) => tap % stride === phase),
  );
}

/** Entries of one phase among those of all. */
function spread(row: readonly number[], phase: number, stride: number, length: number): number[] {
  return Array.from({ length }, (_, i) => (i % stride === phase ? (row[(i - phase) / stride] ?? 0) : 0));
}

/** F(outputs, weights) without stride. */
function filtering(finitePoints: readonly number[], outputs: number, weights: number): WinogradMatrices {
  // A product with one weight needs no points.
  if (weights === 1) {
    const identity = Array.from({ length: outputs }, (_, i) =>
      Array.from({ length: outputs }, (_, j) => (i === j ? 1 : 0)),
    );
    return { input: identity, kernel: identity.map(() => [1]), output: identity };
  }
  const finite = finitePoints.slice(0, outputs + weights - 2);
  return balanced({
    input: [...finite.map((point) => lagrange(point, finite)), polynomial(finite)],
    kernel: evaluation(finite, weights),
    output: evaluation(finite, outputs),
  });
}

/** Powers of the points, and the leading coefficient for infinity: `[t][length]`. */
function evaluation(finite: readonly number[], length: number): number[][] {
  const powers = Array.from({ length }, (_, power) => power);
  return [
    ...finite.map((point) => powers.map((power) => point ** power)),
    powers.map((power) => (power === length - 1 ? 1 : 0)),
  ];
}

/** Coefficients of the product of (x - root), lowest first. */
function polynomial(roots: readonly number[]): number[] {
  let coefficients = [1];
  for (const root of roots) {
    // Times x, less root times itself.
    const shifted = [0, ...coefficients];
    coefficients = shifted.map((value, power) => value - root * (coefficients[power] ?? 0));
  }
  return coefficients;
}

/** Coefficients of the polynomial that is 1 at one point and 0 at the other finite ones; none at infinity. */
function lagrange(point: number, finite: readonly number[]): number[] {
  const others = finite.filter((other) => other !== point);
  const scale = others.reduce((product, other) => product * (point - other), 1);
  return [...polynomial(others).map((value) => value / scale), 0];
}

/** Scales each point's three rows to one norm, which leaves their product as it is and rounding small. */
function balanced({ input, kernel, output }: WinogradMatrices): WinogradMatrices {
  const norm = (row: readonly number[] = []) => Math.hypot(...row);
  const scaled = (rows: Matrix) =>
    rows.map((row, u) => {
      const common = Math.cbrt(norm(input[u]) * norm(kernel[u]) * norm(output[u]));
      return row.map((value) => (value / norm(row)) * common);
    });
  return { input: scaled(input), kernel: scaled(kernel), output: scaled(output) };
}
