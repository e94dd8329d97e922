/** Resizing against PyTorch's antialiased interpolation, and the cached path against the exported one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Graph } from './graph.ts';
import { normalization, normalize, preprocessingGraph, resize } from './preprocess.ts';
import { uniform } from './reference/noise.ts';
import { callPython, pythonForTest } from './reference/python.ts';
import { compile } from './testing/run.ts';

const sizes = [
  [256, 256, 128],
  [144, 160, 64],
  [200, 61, 32],
  [20, 30, 48],
  [32, 32, 32],
  [1, 7, 16],
] as const;

describe('resize', () => {
  it("is PyTorch's antialiased bilinear interpolation, rounded", async ({ skip }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    const script = new URL('./reference/torch_resize.py', import.meta.url);
    const answers = z.array(z.array(z.number())).parse(callPython(python, script, sizes));
    for (const [i, [height, width, size]] of sizes.entries()) {
      const pixels = Uint8Array.from(uniform(`resize/${i}`, height * width * 3), (u) => Math.floor(u * 256));
      const ours = await resized(size, height, width, pixels);
      const expected = answers[i] ?? [];
      expect(ours).toHaveLength(size * size * 3);
      expect(expected).toHaveLength(size * size * 3);
      // Sums in another order may round a value that lies between two the other way.
      const off = ours.filter((value, p) => Math.abs(value - (expected[p] ?? Number.NaN)) > 0.51);
      expect(off.length, `${height}x${width} to ${size}`).toBe(0);
    }
  });

  it('leaves an image of the right size as it is, and a plain one plain', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 255 }),
        async (height, width, grey) => {
          const plain = await resized(16, height, width, new Uint8Array(height * width * 3).fill(grey));
          expect(new Set(plain)).toEqual(new Set([grey]));
        },
      ),
      { numRuns: 15 },
    );
    const pixels = Uint8Array.from(uniform('same', 16 * 16 * 3), (u) => Math.floor(u * 256));
    const run = await compile(preprocessingGraph({ height: 16, width: 16 }));
    const { pixels: same } = await run({ image: pixels }, { image: [1, 16, 16, 3] });
    expect(Array.from(same ?? [])).toEqual(Array.from(pixels));
  });
});

describe('normalize', () => {
  it('is (p / 255 - mean) / std, planes first', async () => {
    const graph = new Graph('normalize');
    graph.output('y', normalize(graph.input('images', 'uint8', [1, 1, 2, 3])));
    const run = await compile(graph.prune());
    const { y } = await run({ images: Uint8Array.of(0, 51, 255, 102, 153, 204) });
    const { mean, std } = normalization;
    const expected = [0, 102, 51, 153, 255, 204].map((p) => (p / 255 - mean) / std);
    for (const [i, value] of expected.entries()) expect(y?.[i]).toBeCloseTo(value, 6);
  });
});

/** Resizes one image; planes out. */
async function resized(size: number, height: number, width: number, pixels: Uint8Array): Promise<number[]> {
  const graph = new Graph('resize');
  graph.output('y', resize(graph.input('image', 'uint8', ['N', 'height', 'width', 3]), size, size));
  const run = await compile(graph.prune());
  const { y = [] } = await run({ image: pixels }, { image: [1, height, width, 3] });
  return Array.from(y);
}
