/** Gaussian blur. */
import type { Size } from '../../train/augmentation/affine.ts';

/**
 * Blurs `[H, W, 3]` in place by a Gaussian, cut off at three standard deviations: along the rows, then along the columns.
 * Mirrored beyond the edges.
 *
 * @param deviation in pixels; at 0 nothing changes
 */
export function blur(pixels: Uint8ClampedArray, { height, width }: Size, deviation: number): void {
  if (deviation === 0) return;
  const weights = gaussian(deviation);
  const values = new Float32Array(pixels);
  const alongRows = lineBlur(values, 3, width, weights);
  for (let row = 0; row < height; row += 1) {
    for (let channel = 0; channel < 3; channel += 1) alongRows(row * width * 3 + channel);
  }
  const alongColumns = lineBlur(values, width * 3, height, weights);
  for (let start = 0; start < width * 3; start += 1) alongColumns(start);
  // Rounded and held to 0..255 by the array.
  pixels.set(values);
}

/** exp(-i^2 / (2 deviation^2)) for i from -radius to radius, divided by their sum. */
function gaussian(deviation: number): Float32Array {
  const radius = Math.ceil(3 * deviation);
  const weights = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** Blurs the line of every `step`th number from a start on, `length` of them. */
function lineBlur(
  values: Float32Array,
  step: number,
  length: number,
  weights: Float32Array,
): (start: number) => void {
  const radius = (weights.length - 1) / 2;
  const sources = Int32Array.from(
    { length: length + 2 * radius },
    (_, i) => step * mirrored(i - radius, length),
  );
  const line = new Float32Array(sources.length);
  return (start) => {
    for (let i = 0; i < line.length; i += 1) line[i] = values[start + (sources[i] ?? 0)] ?? 0;
    for (let i = 0; i < length; i += 1) {
      // Both sides weigh the same.
      let sum = (weights[radius] ?? 0) * (line[i + radius] ?? 0);
      for (let j = 0; j < radius; j += 1) {
        sum += (weights[j] ?? 0) * ((line[i + j] ?? 0) + (line[i + 2 * radius - j] ?? 0));
      }
      values[start + step * i] = sum;
    }
  };
}

/** A position beyond the edges, mirrored at the outer edges of the first and the last pixel until it lies inside. */
function mirrored(position: number, length: number): number {
  const beyond = ((position % (2 * length)) + 2 * length) % (2 * length);
  return beyond < length ? beyond : 2 * length - 1 - beyond;
}
