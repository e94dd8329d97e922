/** Effective receptive fields against ones worked out by hand, and against the theoretical ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { model } from '../../../dsl/model.ts';
import type { Images } from '../../../dsl/shape.ts';
import { input, type Tensor } from '../../../dsl/tensor.ts';
import { zoo } from '../../../dsl/zoo.ts';
import { noiseWeights } from '../../../export/reference/noise.ts';
import { type Effect, receptiveFields, squareHolding } from './effectiveField.ts';

/** By trying every square, and adding up its pixels. */
function smallestSide({ height, width, values }: Effect, share: number): number {
  const total = values.reduce((sum, value) => sum + value, 0);
  for (let side = 0; side < Math.max(height, width); side += 1) {
    for (let top = 0; top < height; top += 1) {
      for (let left = 0; left < width; left += 1) {
        const held = values.filter((_, i) => {
          const [x, y] = [i % width, Math.floor(i / width)];
          return x >= left && x < left + side && y >= top && y < top + side;
        });
        if (held.reduce((sum, value) => sum + value, 0) >= share * total) return side;
      }
    }
  }
  return Math.max(height, width);
}

describe('the smallest square', () => {
  it('that holds a share is the one that is found by trying all', () => {
    const effects = fc
      .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
      .chain(([height, width]) =>
        fc
          // Whole numbers, whose sums are exact.
          .array(fc.integer({ min: 0, max: 9 }), { minLength: height * width, maxLength: height * width })
          .map((values): Effect => ({ height, width, values: Float64Array.from(values) })),
      );
    fc.assert(
      fc.property(effects, fc.constantFrom(0.25, 0.5, 0.95, 1), (effect, share) => {
        expect(squareHolding(effect, share).side).toBe(smallestSide(effect, share));
      }),
    );
  });

  it('lies where the effect is', () => {
    const values = new Float64Array(5 * 8);
    values[3 * 8 + 6] = 2;
    expect(squareHolding({ height: 5, width: 8, values }, 0.95)).toEqual({ left: 6, top: 3, side: 1 });
  });
});

describe('the receptive field', () => {
  it('is that of the weights which are not 0', async () => {
    const declared = model(
      'taps',
      input(32, 32).conv2d(2, { kernel: 5 }).relu().flatten().dense(2).softmax(),
    );
    const weights = noiseWeights(declared);
    const taps = new Float32Array(2 * 3 * 5 * 5);
    // Rows 3 and 4, columns 0 and 1 of each plane: a unit at 16 sees rows 17 and 18, columns 14 and 15.
    for (let plane = 0; plane < 6; plane += 1) {
      for (const tap of [15, 16, 20, 21]) taps[plane * 25 + tap] = 1;
    }
    weights.set('conv1.weight', taps);
    const [field, ...others] = await receptiveFields({ variant: 'taps', model: declared, weights });
    expect(others).toEqual([]);
    const square = { left: 14, top: 17, side: 2 };
    expect(field).toMatchObject({ layer: 'conv1', theoretical: 5, half: square, nearlyAll: square });
    const seen = [...(field?.effect.values ?? [])].flatMap((value, i) => (value === 0 ? [] : [i]));
    expect(seen).toEqual([17 * 32 + 14, 17 * 32 + 15, 18 * 32 + 14, 18 * 32 + 15]);
  });

  it('lies within the theoretical one, and reaches its borders', async () => {
    const convolution = fc.record({
      kernel: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 2 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      padding: fc.constantFrom('same' as const, 0),
    });
    const stacks = fc.array(convolution, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(stacks, async (convolutions) => {
        const size: number = 64;
        // Nothing is cut off, so nothing is lost by chance.
        const last = convolutions.reduce<Tensor<Images>>(
          (x, options) => x.conv2d(3, options).sigmoid(),
          input(size, size),
        );
        const declared = model('stack', last.flatten().dense(2).softmax());
        const weights = noiseWeights(declared);
        const fields = await receptiveFields({ variant: 'stack', model: declared, weights });
        for (const { layer, theoretical, effect } of fields) {
          expect(squareHolding(effect, 1).side, layer).toBe(theoretical ?? size);
        }
        expect(fields).toHaveLength(convolutions.length);
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it('is none of a network without convolutions', async () => {
    const dense = zoo.baseline({ size: 8 });
    const weights = noiseWeights(dense);
    expect(await receptiveFields({ variant: 'dense', model: dense, weights })).toEqual([]);
  });
});
