import { mean, sum } from 'd3-array';

/** Of the line through the points by least squares: sum((x - mean x) (y - mean y)) / sum((x - mean x)^2). */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const [meanX, meanY] = [mean(points, ({ x }) => x) ?? 0, mean(points, ({ y }) => y) ?? 0];
  const covariance = sum(points, ({ x, y }) => (x - meanX) * (y - meanY));
  return covariance / sum(points, ({ x }) => (x - meanX) ** 2);
}
