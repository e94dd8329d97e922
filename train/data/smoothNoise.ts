import type { Random } from './random.ts';

/** A smooth random surface over the unit square, -1 to 1: random heights on a grid, interpolated. */
export function smoothNoise(random: Random, cells: number): (u: number, v: number) => number {
  const side = cells + 1;
  const heights = Float64Array.from({ length: side * side }, () => random.between(-1, 1));
  const height = (column: number, row: number) => heights[row * side + column] ?? 0;
  return (u, v) => {
    const [x, y] = [u * cells, v * cells];
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [dx, dy] = [x - column, y - row];
    const top = height(column, row) * (1 - dx) + height(column + 1, row) * dx;
    const bottom = height(column, row + 1) * (1 - dx) + height(column + 1, row + 1) * dx;
    return top * (1 - dy) + bottom * dy;
  };
}
