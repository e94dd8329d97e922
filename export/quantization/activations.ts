/** Activations as uint8: one scale and one zero point for a whole tensor, from the range that it has. */
import { AreographError } from '../../dsl/errors.ts';
import type { Value } from '../graph.ts';
import { roundToEven, smallestScale } from '../int8.ts';

/** The numbers that a tensor has, or those of them that are to be told apart: what is beyond becomes its end. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** real = scale (q - zeroPoint) */
export interface QuantizationParameters {
  /** A float32 over 0. */
  readonly scale: number;
  /** The uint8 that stands for 0. */
  readonly zeroPoint: number;
}

const largestUint8 = 255;

/**
 * What spreads the 256 uint8s over a range, widened to hold 0, which padding and ReLU need exactly:
 *
 *     scale = (high - low) / 255,  zeroPoint = round(-low / scale)
 *
 * B. Jacob et al., Quantization and training of neural networks for efficient integer-arithmetic-only inference, 2018,
 * section 2.1, https://arxiv.org/abs/1712.05877.
 *
 * @param name of the layer, for the error
 * @throws AreographError 'model' unless the range has ends, in their order
 */
export function parametersFor(name: string, { low, high }: Range): QuantizationParameters {
  if (!(Number.isFinite(high - low) && low <= high)) {
    throw new AreographError({
      code: 'model',
      where: name,
      expected: 'outputs in a finite range',
      found: `${low} to ${high}`,
      next: 'Keep its weights as float32 or float16, or train it again with a lower learning rate.',
    });
  }
  const bottom = Math.min(low, 0);
  const top = Math.max(high, 0);
  // Of nothing but zeros any scale is right.
  if (bottom === top) return { scale: 1, zeroPoint: 0 };
  const scale = Math.max(Math.fround((top - bottom) / largestUint8), smallestScale);
  return { scale, zeroPoint: Math.min(roundToEven(-bottom / scale), largestUint8) };
}

/** To uint8 and back: scale (clamp(round(x / scale) + zeroPoint, 0, 255) - zeroPoint), ties to even. */
export function roundTo(x: Value, { scale, zeroPoint }: QuantizationParameters): Value {
  const zero = x.graph.constant('uint8', [], Uint8Array.of(zeroPoint));
  return x.apply('QuantizeLinear', {}, scale, zero).apply('DequantizeLinear', { axis: 1 }, scale, zero);
}
