/** The channels of a layer's output, as pictures show them. */

/** One channel, float32 `[H, W]`. */
export interface FeatureMap {
  /** Counts from 0. */
  readonly channel: number;
  readonly mean: number;
  readonly values: Float32Array;
}

/** The channels of float32 `[C, height, width]`: the one with the largest mean first, equal ones in order. */
export function byActivity(data: Float32Array, height: number, width: number): FeatureMap[] {
  const plane = height * width;
  const maps = Array.from({ length: data.length / plane }, (_, channel) => {
    const values = data.subarray(channel * plane, (channel + 1) * plane);
    const mean = values.reduce((sum, value) => sum + value, 0) / plane;
    return { channel, mean, values };
  });
  return maps.sort((a, b) => b.mean - a.mean);
}
