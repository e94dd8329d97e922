/** Weights as int8, a quarter of the bytes: symmetric, with one scale for each output channel. */
import { AreographError } from '../dsl/errors.ts';

/** The largest step count: -128 is left out, so that a weight and its negative are equally far from their int8s. */
export const largestInt8 = 127;

/** A scale of 0 would divide by 0, and a subnormal one is 0 to processors that flush those: the smallest normal float32. */
export const smallestScale = 2 ** -126;

export interface Int8Weights {
  /** In the order of the weights. */
  readonly values: Int8Array;
  /** The step of each channel, in the units of the weights: one number for each, at least {@link smallestScale}. */
  readonly scales: Float32Array;
}

/** What the scales of weights are called in a graph. */
export function scaleName(weights: string): string {
  return `${weights}.scale`;
}

/**
 * Rounds weights `[channels, ...]` to the nearest multiple of their channel's scale, ties to even:
 *
 *     scale = max(max |weight| / 127, 2^-126),  value = round(weight / scale)
 *
 * so that none is off by more than half a scale (up to 2^127 in size). Symmetric quantisation for each channel: R.
 * Krishnamoorthi, Quantizing deep convolutional networks for efficient inference, 2018, section 2.2,
 * https://arxiv.org/abs/1806.08342; ties as in ONNX QuantizeLinear,
 * https://github.com/onnx/onnx/blob/v1.12.0/docs/Operators.md#quantizelinear.
 *
 * @param name of the weights, for the error
 * @param channels how many equal parts, one after the other, have a scale of their own
 * @param least scale of each channel, where more is needed than 2^-126
 * @throws AreographError 'model' if a weight is not finite
 */
export function toInt8(
  name: string,
  weights: Float32Array,
  channels: number,
  least?: Float32Array,
): Int8Weights {
  const size = weights.length / channels;
  const values = new Int8Array(weights.length);
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel += 1) {
    const first = channel * size;
    let largest = 0;
    for (let i = first; i < first + size; i += 1) {
      const weight = weights[i] ?? Number.NaN;
      if (!Number.isFinite(weight)) throw notFinite(name, weight);
      largest = Math.max(largest, Math.abs(weight));
    }
    const scale = Math.fround(Math.max(largest / largestInt8, least?.[channel] ?? 0, smallestScale));
    scales[channel] = scale;
    for (let i = first; i < first + size; i += 1) {
      values[i] = roundToEven((weights[i] ?? Number.NaN) / scale);
    }
  }
  return { values, scales };
}

/** The float32 weights that int8s, or the biases that int32s stand for: each times its channel's scale. */
export function fromIntegers({
  values,
  scales,
}: {
  readonly values: Int8Array | Int32Array;
  readonly scales: Float32Array;
}): Float32Array {
  const size = values.length / scales.length;
  const weights = new Float32Array(values.length);
  // Float32Array.from takes ten times as long.
  for (const [channel, scale] of scales.entries()) {
    for (let i = channel * size; i < (channel + 1) * size; i += 1)
      weights[i] = (values[i] ?? Number.NaN) * scale;
  }
  return weights;
}

/** A double of 2^52 to 2^53 has no fraction: adding rounds to nearest, ties to even, and subtracting is exact. */
const withoutFraction = 1.5 * 2 ** 52;

/** The nearest integer, ties to even, of numbers up to 2^51 in size. */
export function roundToEven(value: number): number {
  return value + withoutFraction - withoutFraction;
}

function notFinite(name: string, found: number): AreographError {
  return new AreographError({
    code: 'model',
    where: name,
    expected: 'finite weights',
    found: `${found}`,
    next: 'Export it with float32 weights, or train it again with a lower learning rate.',
  });
}
