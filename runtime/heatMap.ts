/** Where a network looks, as shares, and the colours to lay them over the image with. */
import { interpolateInferno } from 'd3-scale-chromatic';

export interface HeatMap {
  readonly height: number;
  readonly width: number;
  /** `height * width`, row by row: shares of the largest, 0 to 1; all 0 where none is over 0. */
  readonly values: readonly number[];
}

/** @param values `[height, width]`, 0 or more: a map of explainGraph. @throws Error unless they are as many */
export function heatMap(values: Float32Array, height: number, width: number): HeatMap {
  if (values.length !== height * width) throw new Error(`${values.length} numbers for ${height} x ${width}`);
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  return { height, width, values: Array.from(values, (value) => (largest > 0 ? value / largest : 0)) };
}

/** How much of the image the largest value hides. */
const densest = 0.75;

/** RGBA of each level from 0 to 255: matplotlib's inferno, which is perceptually uniform, the more opaque the higher. */
export const heatRamp = Array.from({ length: 256 }, (_, level) => {
  const colour = Number.parseInt(interpolateInferno(level / 255).slice(1), 16);
  return [colour >> 16, (colour >> 8) & 255, colour & 255, Math.round(densest * level)];
});
