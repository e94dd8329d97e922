import { describe, expect, it } from 'vitest';
import { uniform } from '../reference/noise.ts';
import { tileOutputs, tilePoints, winogradMatrices, winogradTiles } from './winogradMatrices.ts';

type Matrix = readonly (readonly number[])[];

const cases = winogradTiles.flatMap((tile) =>
  [1, 2, 3].flatMap((stride) =>
    Array.from({ length: 12 }, (_, i) => [tile, i + 1, stride] as const).filter(
      (shape) => tileOutputs(...shape) > 0,
    ),
  ),
);

const noise = (name: string, length: number) => Array.from(uniform(name, length), (u) => u - 0.5);
/** Rows times a vector, in the precision that `round` leaves. */
const times = (rows: Matrix, vector: readonly number[], round = (value: number) => value) =>
  rows.map((row) => row.reduce((sum, value, i) => round(sum + round(round(value) * (vector[i] ?? 0))), 0));
const transposed = (rows: Matrix) => (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] ?? 0));

function filtered(
  [tile, kernel, stride]: (typeof cases)[number],
  seed: string,
  round?: (v: number) => number,
) {
  const { input, kernel: weights, output } = winogradMatrices(tile, kernel, stride);
  const outputs = tileOutputs(tile, kernel, stride);
  const x = noise(`x${seed}`, (outputs - 1) * stride + kernel).map(Math.fround);
  const w = noise(`w${seed}`, kernel).map(Math.fround);
  const inputs = times(input, x, round);
  const products = times(weights, w, round).map((value, u) => (round ?? Number)(value * (inputs[u] ?? 0)));
  const expected = Array.from({ length: outputs }, (_, i) =>
    w.reduce((sum, weight, j) => sum + weight * (x[i * stride + j] ?? 0), 0),
  );
  return { found: times(transposed(output), products, round), expected };
}

describe.each(cases)('tiles of %i, %i weights, stride %i', (...shape) => {
  it('correlate exactly, but for rounding in float64', () => {
    const { found, expected } = filtered(shape, '');
    expect(found).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 10);
    expect(winogradMatrices(...shape).kernel).toHaveLength(tilePoints(...shape));
  });
});

/** Root mean square of the error in float32 over 200 draws, against that of the outputs. */
function rounding(...shape: (typeof cases)[number]): number {
  let [error, size] = [0, 0];
  for (let seed = 0; seed < 200; seed += 1) {
    const { found, expected } = filtered(shape, `${shape}/${seed}`, Math.fround);
    for (const [i, value] of expected.entries()) {
      error += ((found[i] ?? Number.NaN) - value) ** 2;
      size += value ** 2;
    }
  }
  return Math.sqrt(error / size);
}

describe('rounding in float32, along one axis', () => {
  it.each([
    [4, 3, 2e-7],
    [6, 3, 4e-7],
    [8, 5, 1e-6],
    [10, 7, 6e-6],
  ] as const)('tiles of %i, %i weights: under %f', (tile, kernel, most) => {
    expect(rounding(tile, kernel, 1)).toBeLessThan(most);
  });
});
