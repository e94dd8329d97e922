import { describe, expect, it } from 'vitest';
import { uniform } from '../reference/noise.ts';
import { winogradMatrices, winogradTiles } from './winogradMatrices.ts';

type Matrix = readonly (readonly number[])[];

const cases = winogradTiles.flatMap((tile) =>
  Array.from({ length: tile - 2 }, (_, i) => i + 2)
    .filter((kernel) => tile - kernel + 1 > 0)
    .map((kernel) => [tile, kernel] as const),
);

const noise = (name: string, length: number) => Array.from(uniform(name, length), (u) => u - 0.5);
/** Rows times a vector, in the precision that `round` leaves. */
const times = (rows: Matrix, vector: readonly number[], round = (value: number) => value) =>
  rows.map((row) => row.reduce((sum, value, i) => round(sum + round(round(value) * (vector[i] ?? 0))), 0));
const transposed = (rows: Matrix) => (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] ?? 0));

function correlation(x: readonly number[], w: readonly number[]): number[] {
  return Array.from({ length: x.length - w.length + 1 }, (_, i) =>
    w.reduce((sum, weight, j) => sum + weight * (x[i + j] ?? 0), 0),
  );
}

function filtered(
  tile: (typeof winogradTiles)[number],
  kernel: number,
  seed: string,
  round?: (v: number) => number,
) {
  const { input, kernel: weights, output } = winogradMatrices(tile, kernel);
  const [x, w] = [noise(`x${seed}`, tile).map(Math.fround), noise(`w${seed}`, kernel).map(Math.fround)];
  const inputs = times(input, x, round);
  const points = times(weights, w, round).map((value, u) => (round ?? Number)(value * (inputs[u] ?? 0)));
  return { found: times(transposed(output), points, round), expected: correlation(x, w) };
}

describe.each(cases)('tiles of %i, %i weights', (tile, kernel) => {
  it('correlate exactly, but for rounding in float64', () => {
    const { found, expected } = filtered(tile, kernel, '');
    expect(found).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 11);
  });
});

/** Root mean square of the error in float32 over 200 draws, against that of the outputs. */
function rounding(tile: (typeof winogradTiles)[number], kernel: number): number {
  let [error, size] = [0, 0];
  for (let seed = 0; seed < 200; seed += 1) {
    const { found, expected } = filtered(tile, kernel, `${tile}/${kernel}/${seed}`, Math.fround);
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
    expect(rounding(tile, kernel)).toBeLessThan(most);
  });
});
