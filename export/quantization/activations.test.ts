/** Activations as uint8 as PyTorch and numpy have them, and what holds of all ranges. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { thrownBy } from '../../dsl/testing/thrownBy.ts';
import { Graph } from '../graph.ts';
import { uniform } from '../reference/noise.ts';
import { callPython, pythonForTest } from '../reference/python.ts';
import { compile } from '../testing/run.ts';
import { parametersFor, type Range, roundTo } from './activations.ts';

const answerSchema = z.array(
  z.object({ scale: z.number(), zeroPoint: z.int(), values: z.array(z.number()) }),
);

/** What onnxruntime makes of numbers that are rounded for a range. */
async function rounded(range: Range, values: Float32Array): Promise<number[]> {
  const graph = new Graph('rounding');
  const x = graph.input('x', 'float32', ['N']);
  graph.output('y', roundTo(x, parametersFor('x', range)));
  const { y = new Float32Array() } = await (await compile(graph.prune(), 1))({ x: values });
  return [...y];
}

it('is what PyTorch and numpy make of a range and numbers within and beyond it', async ({ skip }) => {
  const python = pythonForTest('torch', 'numpy');
  if (python === undefined) return skip();
  const cases = Array.from({ length: 30 }, (_, i) => {
    const [a = 0, b = 0] = uniform(`range ${i}`, 2);
    // With 0 inside and outside, from 2^-15 to 2^14 wide.
    const [low, high] = [Math.min(a, b) - 0.4, Math.max(a, b) - 0.4].map((end) =>
      Math.fround(end * 2 ** (i - 15)),
    );
    const values = uniform(`values ${i}`, 200).map((u) => (u * 3 - 1.5) * 2 ** (i - 15));
    return { low: low ?? 0, high: high ?? 0, values };
  });
  const request = cases.map((each) => ({ ...each, values: [...each.values] }));
  const script = new URL('../reference/quantization.py', import.meta.url);
  const expected = answerSchema.parse(callPython(python, script, request));
  for (const [i, { values, ...range }] of cases.entries()) {
    const found = parametersFor('x', range);
    expect(found.zeroPoint).toBe(expected[i]?.zeroPoint);
    // PyTorch divides in float32.
    expect(found.scale / (expected[i]?.scale ?? Number.NaN)).toBeCloseTo(1, 6);
    const scale = found.scale;
    const numbers = await rounded(range, values);
    for (const [j, number] of numbers.entries()) {
      expect(Math.abs(number - (expected[i]?.values[j] ?? Number.NaN)) / scale).toBeLessThan(1e-3);
    }
  }
});

it('is these by hand: 255 steps from -1 to 4, ties to even, 0 as it is, what is beyond at the ends', async () => {
  const range = { low: -1, high: 4.1 };
  expect(parametersFor('x', range)).toEqual({ scale: Math.fround(0.02), zeroPoint: 50 });
  const numbers = await rounded(range, Float32Array.of(0, 0.029, 0.031, -0.5, 9, -9));
  for (const [i, expected] of [0, 0.02, 0.04, -0.5, 4.1, -1].entries()) {
    expect(numbers[i]).toBeCloseTo(expected, 6);
  }
});

it('keeps 0, and every number of a range within half a step', async () => {
  const end = fc.float({ min: -(2 ** 30), max: 2 ** 30, noNaN: true });
  await fc.assert(
    fc.asyncProperty(end, end, fc.array(fc.float({ min: 0, max: 1, noNaN: true })), async (a, b, shares) => {
      const range = { low: Math.min(a, b), high: Math.max(a, b) };
      const { scale, zeroPoint } = parametersFor('x', range);
      expect(Number.isInteger(zeroPoint) && zeroPoint >= 0 && zeroPoint <= 255).toBe(true);
      const values = Float32Array.from(
        [0, ...shares],
        (share) => range.low + share * (range.high - range.low),
      );
      values[0] = 0;
      const numbers = await rounded(range, values);
      expect(numbers[0]).toBe(0);
      for (const [i, value] of values.entries()) {
        // At either end the zero point, which is rounded too, may cost another half.
        expect(Math.abs((numbers[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(scale * 1.001);
      }
    }),
    { numRuns: 60 },
  );
});

it('of zeros alone are zeros', () => {
  expect(parametersFor('x', { low: 0, high: 0 })).toEqual({ scale: 1, zeroPoint: 0 });
});

it('refuses ranges without ends, and names the layer', () => {
  const { NaN: none, POSITIVE_INFINITY: infinity } = Number;
  for (const [low, high] of [
    [none, none],
    [0, infinity],
    [-infinity, 0],
    [1, 0],
  ] as const) {
    const { problem } = thrownBy(() => parametersFor('relu3', { low, high }));
    expect(problem).toMatchObject({ code: 'model', where: 'relu3', found: `${low} to ${high}` });
  }
});
