import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { heatMap } from './heatMap.ts';
import { heatMapPng } from './heatMapPng.ts';

/** Red, green, blue and alpha at a place of the picture. */
async function decoded(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const at = (row: number, column: number) => [...data.subarray((row * width + column) * 4).subarray(0, 4)];
  const alpha = data.filter((_, i) => i % 4 === 3);
  return { width, height, channels, at, alpha };
}

/** A map of zeros but for one place. */
function single(height: number, width: number, place: number): Float32Array {
  return new Float32Array(height * width).fill(3, place, place + 1);
}

describe('a heat map', () => {
  it('has shares of the largest value', () => {
    expect(heatMap(Float32Array.of(0, 1, 4, 2, 0, 3), 2, 3)).toEqual({
      height: 2,
      width: 3,
      values: [0, 0.25, 1, 0.5, 0, 0.75],
    });
  });

  it.each([
    ['zero', 0],
    ['no number', Number.NaN],
  ])('is all 0 where the largest is %s', (_, value) => {
    expect(heatMap(Float32Array.of(0, value), 1, 2).values).toEqual([0, 0]);
  });

  it('is refused with more or fewer numbers than places', () => {
    expect(() => heatMap(new Float32Array(5), 2, 3)).toThrow('5 numbers for 2 x 3');
  });
});

describe('the picture of a heat map', () => {
  it.each([
    ['of a smaller image has its size', { width: 300, height: 200 }, [300, 200]],
    ['of a larger one has its proportions', { width: 2048, height: 1024 }, [512, 256]],
    ['of a narrow one has a pixel across', { width: 2, height: 4096 }, [1, 512]],
    ['of one smaller than the map is smaller', { width: 3, height: 5 }, [3, 5]],
  ])('%s', async (_, size, expected) => {
    const { width, height, channels } = await decoded(await heatMapPng(heatMap(single(8, 8, 9), 8, 8), size));
    expect([width, height]).toEqual(expected);
    expect(channels).toBe(4);
  });

  it('is brightest in the middle of the largest place, and transparent a place away from it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(7), fc.nat(3), async (row, column) => {
        const map = heatMap(single(8, 4, 4 * row + column), 8, 4);
        // Places are 33 pixels wide and 17 high, so each has one in its middle.
        const { alpha, width } = await decoded(await heatMapPng(map, { width: 132, height: 136 }));
        const places = Array.from(alpha, (opacity, i) => {
          const [down, across] = [Math.floor(i / width) - 17 * row - 8, (i % width) - 33 * column - 16];
          return { opacity, distance: Math.max(Math.abs(down) / 17, Math.abs(across) / 33) };
        });
        const highest = (near: number, far: number) =>
          Math.max(...places.flatMap((at) => (at.distance >= near && at.distance < far ? [at.opacity] : [])));
        // The enlargement may be off by half a pixel.
        expect(highest(0, 0.01)).toBeGreaterThan(0.93 * 191);
        expect(highest(0, 0.6)).toBe(highest(0, 9));
        expect(highest(1.01, 9)).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it("has the last colour of matplotlib's inferno at 0.75 where the map is 1", async () => {
    const { at } = await decoded(
      await heatMapPng(heatMap(Float32Array.of(7), 1, 1), { width: 2, height: 2 }),
    );
    for (const [row, column] of [
      [0, 0],
      [1, 1],
    ] as const)
      expect(at(row, column)).toEqual([252, 255, 164, 191]);
  });

  it('goes straight from one place to the next', async () => {
    const map = heatMap(Float32Array.of(0, 1), 1, 2);
    const { at } = await decoded(await heatMapPng(map, { width: 200, height: 1 }));
    // From the middle of the first place, 50, to that of the second, 150.
    for (const column of [60, 75, 100, 125, 140]) {
      expect(Math.abs((at(0, column)[3] ?? 0) / 255 - (0.75 * (column + 0.5 - 50)) / 100)).toBeLessThan(0.01);
    }
    // matplotlib's inferno at 1/2.
    expect(at(0, 100).slice(0, 3)).toEqual([188, 55, 84]);
  });

  it('of nothing is transparent', async () => {
    const map = heatMap(new Float32Array(6), 2, 3);
    const { alpha } = await decoded(await heatMapPng(map, { width: 30, height: 20 }));
    expect(alpha.every((opacity) => opacity === 0)).toBe(true);
  });
});
