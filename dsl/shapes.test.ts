/**
 * Shapes in the types and shapes at run time are the same. The type assertions are checked by `tsc`, and by
 * the first test here, which runs it on this file.
 */
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Model } from './model.ts';
import {
  axisPads,
  type N,
  type Padding,
  type Shape,
  sizes,
  type Window,
  type WindowedSize,
  windowedSize,
} from './shape.ts';
import { add, concat, ensemble, input, scale, type Tensor } from './tensor.ts';
import { literalZoo } from './testing/literalZoo.ts';
import { typecheckFile } from './testing/typecheck.ts';

it('every type assertion of this file holds', () => {
  expect(typecheckFile(import.meta.filename).problems).toEqual([]);
});

/** A tensor's shape must be these very literals, for the checker and at run time. */
function expectShape<S extends Shape, const Sizes extends readonly number[]>(
  tensor: Tensor<S>,
  expected: Sizes & (Equal<S, [N, ...Sizes]> extends true ? unknown : never),
): void {
  expect(sizes(tensor.shape)).toEqual(expected);
  expect(tensor.shape).toBe(tensor.layer.shape);
}

/** True for identical types only: a `number` is not the literal that it could hold. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

describe('the shape of a literal declaration is literal', () => {
  it('in every layer of cnn3x3', () => {
    const image = input(128, 128);
    expectShape(image, [3, 128, 128]);
    const conv1 = image.conv2d(32, { kernel: 3, bias: false });
    expectShape(conv1, [32, 128, 128]);
    expectShape(conv1.batchNorm(), [32, 128, 128]);
    expectShape(conv1.relu(), [32, 128, 128]);
    const block1 = conv1.batchNorm().relu().maxPool({ kernel: 2 });
    expectShape(block1, [32, 64, 64]);
    const block2 = block1.conv2d(64, { kernel: 3 }).maxPool({ kernel: 2 });
    expectShape(block2, [64, 32, 32]);
    const block3 = block2.conv2d(128, { kernel: 3 }).maxPool({ kernel: 2 });
    expectShape(block3, [128, 16, 16]);
    const block4 = block3.conv2d(256, { kernel: 3 }).maxPool({ kernel: 2 });
    expectShape(block4, [256, 8, 8]);
    expectShape(block4.flatten(), [16384]);
    const hidden = block4.flatten().dense(256).leakyRelu().dropout(0.5);
    expectShape(hidden, [256]);
    expectTypeOf(hidden.dense(24).softmax().classes).toEqualTypeOf<24>();
  });

  it('in the number of classes of a model', () => {
    expectTypeOf(literalZoo.cnn3x3).toEqualTypeOf<Model<24>>();
    expect(literalZoo.cnn3x3.classes).toBe(24);
  });

  it('with strides, padding and odd sizes', () => {
    const image = input(33, 21, 1);
    expectShape(image, [1, 33, 21]);
    expectShape(image.conv2d(8, { kernel: 3, stride: 2 }), [8, 17, 11]);
    expectShape(image.conv2d(8, { kernel: 4, stride: 3, padding: 'same' }), [8, 11, 7]);
    expectShape(image.conv2d(8, { kernel: 5, padding: 0 }), [8, 29, 17]);
    expectShape(image.conv2d(8, { kernel: 5, padding: 1, stride: 2 }), [8, 16, 10]);
    expectShape(image.conv2d(8, { kernel: 21, padding: 0 }), [8, 13, 1]);
    expectShape(image.maxPool({ kernel: 2 }), [1, 16, 10]);
    expectShape(image.maxPool({ kernel: 3, stride: 1 }), [1, 31, 19]);
    expectShape(image.maxPool({ kernel: 2, padding: 'same' }), [1, 17, 11]);
    expectShape(image.averagePool({ kernel: 3, stride: 2, padding: 1 }), [1, 17, 11]);
    expectShape(image.globalAveragePool(), [1]);
    expectShape(image.flatten(), [693]);
  });

  it('with dilation and groups', () => {
    const image = input(33, 21, 6);
    expectShape(image.conv2d(9, { kernel: 3, dilation: 4, groups: 3 }), [9, 33, 21]);
    expectShape(image.conv2d(8, { kernel: 3, dilation: 5, padding: 0 }), [8, 23, 11]);
    expectShape(image.conv2d(8, { kernel: 3, dilation: 3, padding: 1, stride: 2 }), [8, 15, 9]);
    expectShape(image.conv2d(8, { kernel: 4, dilation: 3, stride: 3 }), [8, 11, 7]);
    expectShape(image.conv2d(12, { kernel: 5, groups: 6 }), [12, 33, 21]);
  });

  it('of norms, activations and gates is that of their input', () => {
    const x = input(8, 6).conv2d(12, { kernel: 3 });
    expectShape(x.groupNorm(4).gelu().layerNorm().silu().sigmoid(), [12, 8, 6]);
    expectShape(x.squeezeExcitation({ reduction: 4 }), [12, 8, 6]);
    expectShape(scale(x, x.globalAveragePool().gelu({ approximate: 'tanh' }).layerNorm()), [12, 8, 6]);
  });

  it('through sums and concatenations', () => {
    const x = input(16, 16).conv2d(8, { kernel: 3 });
    expectShape(add(x, x.conv2d(8, { kernel: 3 })), [8, 16, 16]);
    expectShape(concat(x, x.conv2d(24, { kernel: 1 })), [32, 16, 16]);
    const features = x.globalAveragePool();
    expectShape(features, [8]);
    expectShape(add(features, features.dense(8)), [8]);
    expectTypeOf(ensemble([features.dense(5), x.flatten().dense(5)]).classes).toEqualTypeOf<5>();
  });
});

describe('a size that is known at run time only', () => {
  const size = Number('20');

  it('is number in the type; channels stay literal', () => {
    const x = input(size, size).conv2d(8, { kernel: 3, stride: 2 });
    expectTypeOf(x.shape).toEqualTypeOf<[N, 8, number, number]>();
    expect(sizes(x.shape)).toEqual([8, 10, 10]);
    expectTypeOf(x.flatten().shape).toEqualTypeOf<[N, number]>();
    expectTypeOf(x.globalAveragePool().shape).toEqualTypeOf<[N, 8]>();
    expectTypeOf(x.maxPool({ kernel: 3 }).shape).toEqualTypeOf<[N, 8, number, number]>();
    expectTypeOf(x.flatten().dense(5).shape).toEqualTypeOf<[N, 5]>();
    expectTypeOf(x.flatten().dense(size).softmax().classes).toEqualTypeOf<number>();
  });

  it('on one axis leaves the other literal', () => {
    const x = input(32, size).conv2d(8, { kernel: 5, padding: 0 });
    expectTypeOf(x.shape).toEqualTypeOf<[N, 8, 28, number]>();
    expect(sizes(x.shape)).toEqual([8, 28, 16]);
  });

  it('of a kernel counts unless padding is same', () => {
    const x = input(32, 32);
    expectTypeOf(x.conv2d(8, { kernel: size }).shape).toEqualTypeOf<[N, 8, 32, 32]>();
    expectTypeOf(x.conv2d(8, { kernel: size, padding: 0 }).shape).toEqualTypeOf<[N, 8, number, number]>();
    expectTypeOf(x.maxPool({ kernel: size }).shape).toEqualTypeOf<[N, 3, number, number]>();
    expect(sizes(x.maxPool({ kernel: size }).shape)).toEqual([3, 1, 1]);
  });

  it('of dilation counts unless padding is same, of groups never', () => {
    const x = input(32, 32);
    expectTypeOf(x.conv2d(8, { kernel: 3, dilation: size }).shape).toEqualTypeOf<[N, 8, 32, 32]>();
    const dilated = x.conv2d(8, { kernel: 2, dilation: size, padding: 0 });
    expectTypeOf(dilated.shape).toEqualTypeOf<[N, 8, number, number]>();
    expect(sizes(dilated.shape)).toEqual([8, 12, 12]);
    expectTypeOf(x.conv2d(size, { kernel: 3, groups: 1 }).shape).toEqualTypeOf<[N, number, 32, 32]>();
    expectTypeOf(x.conv2d(6, { kernel: 3, groups: size / 20 }).shape).toEqualTypeOf<[N, 6, 32, 32]>();
  });

  it('of groups and reductions, or of what they divide, is let through', () => {
    const x = input(32, 32).conv2d(size, { kernel: 3 });
    expectTypeOf(x.groupNorm(5).shape).toEqualTypeOf<[N, number, 32, 32]>();
    expectTypeOf(x.squeezeExcitation({ reduction: 4 }).shape).toEqualTypeOf<[N, number, 32, 32]>();
    expectTypeOf(scale(x, x.globalAveragePool().dense(20)).shape).toEqualTypeOf<[N, number, 32, 32]>();
    expectTypeOf(input(32, 32).groupNorm(size / 20).shape).toEqualTypeOf<[N, 3, 32, 32]>();
  });

  it('of filters makes channels number, and their sum too', () => {
    const x = input(32, 32).conv2d(size, { kernel: 3 });
    expectTypeOf(x.shape).toEqualTypeOf<[N, number, 32, 32]>();
    const joined = concat(x, x.conv2d(8, { kernel: 3 }));
    expectTypeOf(joined.shape).toEqualTypeOf<[N, number, 32, 32]>();
    expect(sizes(joined.shape)).toEqual([28, 32, 32]);
  });

  it('is filled in by the branch that knows it', () => {
    const x = input(32, 32);
    const half = x.conv2d(4, { kernel: 3, stride: Number('2') });
    expectTypeOf(half.shape).toEqualTypeOf<[N, 4, number, number]>();
    expectTypeOf(concat(half, x.maxPool({ kernel: 2 })).shape).toEqualTypeOf<[N, 7, 16, 16]>();
  });

  it('includes options that may be missing', () => {
    const build = (options: {
      kernel: number;
      stride?: number;
      padding?: Padding;
      dilation?: number;
      groups?: number;
    }) => input(32, 32).conv2d(8, options);
    expectTypeOf(build).returns.toEqualTypeOf<Tensor<[N, 8, number, number]>>();
    expect(sizes(build({ kernel: 3 }).shape)).toEqual([8, 32, 32]);
    expect(sizes(build({ kernel: 3, stride: 2, padding: 0 }).shape)).toEqual([8, 15, 15]);
    expect(sizes(build({ kernel: 3, padding: 0, dilation: 3 }).shape)).toEqual([8, 26, 26]);
  });
});

describe('a declaration that is right compiles', () => {
  it('with every option at its limit', () => {
    const x = input(8, 8);
    expectShape(x.maxPool({ kernel: 8 }), [3, 1, 1]);
    expectShape(x.maxPool({ kernel: 2, padding: 1 }), [3, 5, 5]);
    expectShape(x.conv2d(1, { kernel: 10, padding: 1 }), [1, 1, 1]);
    expectShape(x.conv2d(1, { kernel: 99, padding: 'same' }), [1, 8, 8]);
    expectShape(x.conv2d(1, { kernel: 1, padding: 3 }), [1, 14, 14]);
    expectShape(x.conv2d(1, { kernel: 4, dilation: 3, padding: 1 }), [1, 1, 1]);
    expectShape(x.conv2d(1, { kernel: 1, dilation: 99, padding: 0 }), [1, 8, 8]);
    expectShape(x.conv2d(3, { kernel: 3, dilation: 99, groups: 3 }), [3, 8, 8]);
    expectShape(x.dropout(0).dropout(0.999).dropout(1e-7), [3, 8, 8]);
    expectShape(x.groupNorm(1).groupNorm(3).squeezeExcitation({ reduction: 3 }), [3, 8, 8]);
    expectShape(input(1, 1, 1).flatten().dense(1), [1]);
  });
});

describe('window positions', () => {
  it.each([
    //       size kernel stride padding  positions
    position(128, 3, 1, 'same', 128),
    position(128, 7, 2, 'same', 64),
    position(33, 3, 2, 'same', 17),
    position(10, 3, 4, 'same', 3),
    position(5, 1, 4, 'same', 2),
    position(1, 7, 1, 'same', 1),
    position(3, 2, 5, 'same', 1),
    position(8, 2, 2, 0, 4),
    position(9, 2, 2, 0, 4),
    position(9, 3, 3, 0, 3),
    position(10, 3, 3, 0, 3),
    position(11, 3, 3, 0, 3),
    position(8, 8, 1, 0, 1),
    position(8, 8, 5, 0, 1),
    position(8, 1, 1, 0, 8),
    position(8, 3, 1, 1, 8),
    position(8, 3, 2, 1, 4),
    position(7, 3, 2, 1, 4),
    position(8, 5, 1, 3, 10),
    position(224, 7, 2, 3, 112),
    position(227, 11, 4, 0, 55),
    position(1, 3, 1, 1, 1),
  ])('size %i, kernel %i, stride %i, padding %s: %i', (size, kernel, stride, padding, expected) => {
    expect(windowedSize(size, { kernel, stride, padding })).toBe(expected);
  });

  it('are as many as can be enumerated', () => {
    const bySize = fc.record({
      size: fc.integer({ min: 1, max: 40 }),
      kernel: fc.integer({ min: 1, max: 12 }),
      stride: fc.integer({ min: 1, max: 7 }),
      padding: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(bySize, ({ size, ...window }) => {
        fc.pre(window.kernel <= size + 2 * window.padding);
        const starts = startsOf(size + 2 * window.padding, window);
        expect(windowedSize(size, window)).toBe(starts.length);
      }),
      { numRuns: 1000 },
    );
  });

  it("with 'same' start once per stride, on the fewest pads, the odd one at the end", () => {
    const bySize = fc.record({
      size: fc.integer({ min: 1, max: 40 }),
      kernel: fc.integer({ min: 1, max: 12 }),
      stride: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(bySize, ({ size, kernel, stride }) => {
        const window: Window = { kernel, stride, padding: 'same' };
        const strides = startsOf(size, { kernel: 1, stride }).length;
        expect(windowedSize(size, window)).toBe(strides);
        const [begin, end] = axisPads(size, window);
        expect(startsOf(size + begin + end, window)).toHaveLength(strides);
        expect([0, 1]).toContain(end - begin);
        if (begin + end > 0) expect(startsOf(size + begin + end - 1, window)).toHaveLength(strides - 1);
      }),
      { numRuns: 1000 },
    );
  });
});

/** One row of the table: its last number must be what the type says. */
function position<
  const Size extends number,
  const K extends number,
  const S extends number,
  const P extends Padding,
  const Expected extends number,
>(
  size: Size,
  kernel: K,
  stride: S,
  padding: P,
  expected: Expected & (Equal<WindowedSize<Size, K, S, P>, Expected> extends true ? unknown : never),
): [number, number, number, Padding, number] {
  return [size, kernel, stride, padding, expected];
}

/** Where a window can start on an axis, found by trying every place. */
function startsOf(length: number, { kernel, stride }: Pick<Window, 'kernel' | 'stride'>): number[] {
  return Array.from({ length }, (_, start) => start).filter(
    (start) => start % stride === 0 && start + kernel <= length,
  );
}
