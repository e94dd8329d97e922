/** int8 weights as PyTorch and numpy have them, and what holds of all there are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { thrownBy } from '../dsl/testing/thrownBy.ts';
import { fromIntegers, largestInt8, smallestScale, toInt8 } from './int8.ts';
import { uniform } from './reference/noise.ts';
import { callPython, pythonForTest } from './reference/python.ts';

const answerSchema = z.object({
  scales: z.array(z.number()),
  values: z.array(z.int()),
  numbers: z.base64(),
});

/** Channels of all sizes, one of zeros, and one with every tie: half-way between one step and the next. */
function channelsToRound(): number[][] {
  const size = 256;
  const ties = [127, ...Array.from({ length: size - 1 }, (_, i) => Math.min(i - 126.5, 126.5))];
  const atRandom = Array.from({ length: 40 }, (_, channel) =>
    Array.from(uniform(`channel ${channel}`, size), (u) => Math.fround((u - 0.5) * 2 ** (channel * 3 - 60))),
  );
  return [ties, ties.map((tie) => -tie / 2 ** 9), Array<number>(size).fill(0), ...atRandom];
}

it('is what PyTorch and numpy make of weights', ({ skip }) => {
  const python = pythonForTest('torch', 'numpy');
  if (python === undefined) return skip();
  const channels = channelsToRound();
  const script = new URL('./reference/int8.py', import.meta.url);
  const expected = answerSchema.parse(callPython(python, script, { weights: channels }));
  const found = toInt8('w', Float32Array.from(channels.flat()), channels.length);
  expect(Array.from(found.scales)).toEqual(expected.scales);
  // Plain numbers, to which -0 is 0: an int8 has only one.
  expect(Array.from(found.values, (value, i) => value - (expected.values[i] ?? Number.NaN))).toEqual(
    Array(channels.flat().length).fill(0),
  );
  const numbers = new Float32Array(Uint8Array.from(Buffer.from(expected.numbers, 'base64')).buffer);
  const back = fromIntegers(found);
  expect(Array.from(numbers).filter((number, i) => number !== back[i])).toEqual([]);
});

describe('of any weights', () => {
  const sizes = fc.record({
    channels: fc.integer({ min: 1, max: 5 }),
    size: fc.integer({ min: 1, max: 12 }),
  });
  const weights = (options: fc.FloatConstraints = {}) =>
    sizes.chain(({ channels, size }) =>
      fc.record({
        channels: fc.constant(channels),
        size: fc.constant(size),
        data: fc
          .array(fc.float({ noNaN: true, noDefaultInfinity: true, ...options }), {
            minLength: channels * size,
            maxLength: channels * size,
          })
          .map((numbers) => Float32Array.from(numbers)),
      }),
    );

  it('none is off by more than half a step, and the largest of a channel takes all steps', () => {
    fc.assert(
      // The largest float32 alone comes back as infinity: its 127th is rounded up.
      fc.property(weights({ min: -(2 ** 127), max: 2 ** 127 }), ({ channels, size, data }) => {
        const stored = toInt8('w', data, channels);
        const back = fromIntegers(stored);
        for (let channel = 0; channel < channels; channel += 1) {
          const scale = stored.scales[channel] ?? Number.NaN;
          const own = data.subarray(channel * size, (channel + 1) * size);
          const largest = Math.max(...own.map(Math.abs));
          // A scale is rounded to float32, as is a value times it: a 2^-24th of the weight each.
          const most = scale / 2 + largest * 2 ** -22;
          for (const [i, weight] of own.entries()) {
            expect(Math.abs((back[channel * size + i] ?? Number.NaN) - weight)).toBeLessThanOrEqual(most);
          }
          const values = Array.from(stored.values.subarray(channel * size, (channel + 1) * size), Math.abs);
          expect(Math.max(...values)).toBeLessThanOrEqual(largestInt8);
          if (largest >= largestInt8 * smallestScale) expect(Math.max(...values)).toBe(largestInt8);
        }
      }),
    );
  });

  it('a channel is rounded by itself, in its own units, and whatever its sign', () => {
    // Far from where float32 ends, so that 2^k changes no digit.
    const moderate = weights({ min: -1024, max: 1024 }).map(({ data, ...rest }) => ({
      ...rest,
      data: data.map((weight) => (Math.abs(weight) < 2 ** -40 ? 0 : weight)),
    }));
    fc.assert(
      fc.property(moderate, fc.integer({ min: -20, max: 20 }), ({ channels, size, data }, k) => {
        const { values, scales } = toInt8('w', data, channels);
        const other = toInt8(
          'w',
          data.map((weight) => -weight * 2 ** k),
          channels,
        );
        expect(Array.from(other.values, (value) => 0 - value)).toEqual(Array.from(values));
        for (const [channel, scale] of scales.entries()) {
          const own = data.slice(channel * size, (channel + 1) * size);
          if (own.some((weight) => weight !== 0)) expect(other.scales[channel]).toBe(scale * 2 ** k);
          const alone = toInt8('w', own, 1);
          expect(alone.scales[0]).toBe(scale);
          expect(Array.from(alone.values)).toEqual(
            Array.from(values.slice(channel * size, (channel + 1) * size)),
          );
        }
      }),
    );
  });
});

it('takes a scale of at least what is asked for, channel by channel', () => {
  const { scales, values } = toInt8('w', Float32Array.of(127, 0, 127, 0), 2, Float32Array.of(0.5, 2));
  expect(Array.from(scales)).toEqual([1, 2]);
  // 63.5 is a tie.
  expect(Array.from(values)).toEqual([127, 0, 64, 0]);
});

it('gives zeros back as they are', () => {
  const stored = toInt8('w', new Float32Array(6), 2);
  expect(Array.from(stored.scales)).toEqual([smallestScale, smallestScale]);
  expect(Array.from(fromIntegers(stored))).toEqual([0, 0, 0, 0, 0, 0]);
});

it('refuses weights that are no numbers, and names them', () => {
  for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const { problem } = thrownBy(() => toInt8('dense1.weight', Float32Array.of(1, broken), 1));
    expect(problem).toMatchObject({ code: 'model', where: 'dense1.weight', found: `${broken}` });
  }
});
