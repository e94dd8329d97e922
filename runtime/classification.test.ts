import { expect, it } from 'vitest';
import { energyOf, softmax } from './classification.ts';

it('softmax has the ratios of e^z, for logits of any size', () => {
  for (const shift of [0, -3, 1000, -1e6]) {
    const logits = [1, 2, 5].map((share) => Math.log(share) + shift);
    const found = Array.from(softmax(Float32Array.from(logits)));
    // float32 rounds a logit of 1e6 to a sixteenth.
    const tolerance = Math.max(1e-6, Math.abs(shift) * 2 ** -23);
    for (const [i, share] of [1, 2, 5].entries()) {
      expect(Math.abs((found[i] ?? Number.NaN) - share / 8), `${shift}`).toBeLessThan(tolerance);
    }
  }
  expect(Array.from(softmax(Float32Array.of(3e38, -3e38)))).toEqual([1, 0]);
  expect(softmax(Float32Array.of(1, Number.NaN)).every(Number.isNaN)).toBe(true);
});

it('energy is minus the log of the sum of e^z, for logits of any size', () => {
  for (const shift of [0, -3, 1000, -1e6]) {
    const logits = Float32Array.from([1, 2, 5], (share) => Math.log(share) + shift);
    const tolerance = Math.max(1e-6, Math.abs(shift) * 2 ** -23);
    expect(Math.abs(energyOf(logits) + Math.log(8) + shift), `${shift}`).toBeLessThan(tolerance);
  }
  expect(energyOf(Float32Array.of(3e38, -3e38))).toBe(Math.fround(-3e38));
  expect(energyOf(Float32Array.of(1, Number.NaN))).toBeNaN();
});
