/** How often numbers of each size occur, whatever their range: it need not be known before they are seen. */
import type { Range } from '../../export/quantization/activations.ts';

/** Of a float32's bits, those that a bin ignores: a bin is at most 2^-9 of its number wide. */
const ignoredBits = 14;
const bins = 2 ** (32 - ignoredBits);
/** The first bin of negative numbers, whose sign is the first bit. */
const firstNegative = bins / 2;
/** Bins in the order of their numbers. */
const ascending = Uint32Array.from({ length: bins }, (_, i) =>
  i < firstNegative ? bins - 1 - i : i - firstNegative,
);
const descending = ascending.toReversed();
/** Bins of infinity and NaN, whose exponent is all ones. */
const nonFiniteBins = 2 ** (23 - ignoredBits);

/**
 * Counts float32s by their leading bits. Bins of positive numbers are in the order of the numbers, those of negative ones
 * in the opposite order.
 */
export class Histogram {
  readonly #counts = new Uint32Array(bins);
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  #count = 0;

  add(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < bits.length; i += 1) {
      const bin = (bits[i] ?? 0) >>> ignoredBits;
      this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
      const value = values[i] ?? Number.NaN;
      if (value < this.#low) this.#low = value;
      if (value > this.#high) this.#high = value;
    }
    this.#count += values.length;
  }

  /**
   * What is left when as many numbers are cut off at both ends: `share` of them, or a bin more.
   *
   * @param share 1 for the smallest and the largest number
   * @returns NaN to NaN if one of the numbers is not finite, or there is none
   */
  range(share: number): Range {
    if (this.#count === 0 || this.#hasNonFinite()) return { low: Number.NaN, high: Number.NaN };
    const beyond = Math.floor((this.#count * (1 - share)) / 2);
    const low = this.#firstBin(ascending, beyond);
    const high = this.#firstBin(descending, beyond);
    return {
      low: Math.max(this.#low, low < firstNegative ? innerEdge(low) : outerEdge(low)),
      high: Math.min(this.#high, high < firstNegative ? outerEdge(high) : innerEdge(high)),
    };
  }

  /** The first of the bins where more numbers than `beyond` have been passed. */
  #firstBin(order: Uint32Array, beyond: number): number {
    let passed = 0;
    for (const bin of order) {
      passed += this.#counts[bin] ?? 0;
      if (passed > beyond) return bin;
    }
    throw new Error(`${beyond} of ${this.#count} numbers are all of them`);
  }

  #hasNonFinite(): boolean {
    return [firstNegative, bins].some((end) =>
      this.#counts.subarray(end - nonFiniteBins, end).some((count) => count > 0),
    );
  }
}

/** The number of a bin that is nearest to 0. */
function innerEdge(bin: number): number {
  return fromBits(bin * 2 ** ignoredBits);
}

/** The number of a bin that is farthest from 0. */
function outerEdge(bin: number): number {
  return fromBits((bin + 1) * 2 ** ignoredBits - 1);
}

function fromBits(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0] ?? Number.NaN;
}
