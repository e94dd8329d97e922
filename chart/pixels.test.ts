import { describe, expect, it } from 'vitest';
import { enlarge, magnitudePixels, weightPixels } from './pixels.ts';

describe('pixels', () => {
  it('of weights are grey at 0, full at the largest, and take a channel from each plane', () => {
    const planes = Float32Array.of(0, 2, /* green */ -2, 0, /* blue */ 9, -1);
    expect([...weightPixels(planes, 2)]).toEqual([128, 0, 255, 255, 128, 64]);
    expect([...weightPixels(new Float32Array(3), 0)]).toEqual([128, 128, 128]);
  });

  it('of magnitudes get brighter with them, and end where they end', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => i / 33);
    const pixels = magnitudePixels(values, 2);
    // Relative luminance by eye, ITU-R BT.601.
    const brightness = Array.from(values, (_, i) => {
      const [r = 0, g = 0, b = 0] = pixels.subarray(i * 3, i * 3 + 3);
      return 0.299 * r + 0.587 * g + 0.114 * b;
    });
    expect(brightness).toEqual(brightness.toSorted((a, b) => a - b));
    expect(new Set(brightness.slice(0, 66)).size).toBe(66);
    // From 2 on, and from 0 down.
    expect(new Set(brightness.slice(66)).size).toBe(1);
    expect([...magnitudePixels(Float32Array.of(-5), 2)]).toEqual([...pixels.subarray(0, 3)]);
  });

  it('are enlarged to squares', () => {
    const [a, b, c, d] = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
      [10, 11, 12],
    ] as const;
    const enlarged = enlarge(Uint8Array.from([a, b, c, d].flat()), 2, 2);
    expect([...enlarged]).toEqual([a, a, b, b, a, a, b, b, c, c, d, d, c, c, d, d].flat());
  });
});
