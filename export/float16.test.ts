/** float16 as numpy has it: every number there is, and rounding with its ties. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { thrownBy } from '../dsl/testing/thrownBy.ts';
import { fromFloat16, largestFloat16, toFloat16 } from './float16.ts';
import { uniform } from './reference/noise.ts';
import { callPython, pythonForTest } from './reference/python.ts';

const answerSchema = z.object({ bits: z.array(z.int()), numbers: z.base64() });

const everyPattern = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);

/** Numbers of all sizes, and every tie: half-way between one float16 and the next. */
function numbersToRound(): Float32Array {
  const finite = fromFloat16(everyPattern.subarray(0, 0x7c00));
  const ties = finite.subarray(1).map((number, i) => (number + (finite[i] ?? 0)) / 2);
  const atRandom = uniform('numbers', 20_000).map((u, i) => (u - 0.5) * 2 ** ((i % 48) - 31));
  return Float32Array.of(...ties, ...ties.map((tie) => -tie), ...atRandom);
}

it('is what numpy reads and rounds', ({ skip }) => {
  const python = pythonForTest('numpy');
  if (python === undefined) return skip();
  const values = numbersToRound();
  const script = new URL('./reference/float16.py', import.meta.url);
  const { bits, numbers } = answerSchema.parse(callPython(python, script, { values: Array.from(values) }));
  const expected = new Float32Array(Uint8Array.from(Buffer.from(numbers, 'base64')).buffer);
  // Object.is: a zero of the other sign is another number, NaN is itself.
  const found = fromFloat16(everyPattern);
  expect(expected.filter((number, i) => !Object.is(number, found[i]))).toHaveLength(0);
  const rounded = toFloat16('w', values);
  expect(bits.filter((each, i) => each !== rounded[i])).toEqual([]);
});

it('holds each of its finite numbers unchanged', () => {
  const finite = everyPattern.filter((bits) => (bits & 0x7c00) !== 0x7c00);
  expect(finite).toHaveLength(2 * 0x7c00);
  expect(toFloat16('w', fromFloat16(finite)).every((bits, i) => bits === finite[i])).toBe(true);
});

it('reads bits that do not begin where their buffer does', () => {
  // 1 and 2: biased exponents 15 and 16.
  const buffer = Uint16Array.of(0, 0x3c00, 0x4000, 0);
  expect(Array.from(fromFloat16(buffer.subarray(1, 3)))).toEqual([1, 2]);
});

it('refuses numbers that it has not, and names the weights', () => {
  expect(toFloat16('w', Float32Array.of(largestFloat16, -largestFloat16))).toHaveLength(2);
  for (const beyond of [largestFloat16 + 1, -1e9, Number.POSITIVE_INFINITY]) {
    const { problem } = thrownBy(() => toFloat16('dense1.weight', Float32Array.of(1, beyond)));
    expect(problem).toMatchObject({ code: 'model', where: 'dense1.weight', found: `${beyond}` });
  }
});
