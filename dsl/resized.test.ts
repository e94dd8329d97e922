/** A network for images of another size. */
import { expect, it } from 'vitest';
import { parameters } from './model.ts';
import { resized } from './resized.ts';
import { thrownBy } from './testing/thrownBy.ts';
import { cnn3x3, marsnet } from './zoo.ts';

it('is the same network where no weight belongs to a place', () => {
  expect(resized(marsnet({ size: 128 }), 96)).toEqual(marsnet({ size: 96 }));
  expect(parameters(resized(marsnet(), 50))).toEqual(parameters(marsnet()));
  expect(resized(cnn3x3({ size: 32 }), 32)).toEqual(cnn3x3({ size: 32 }));
});

it('is refused where the number of weights would change', () => {
  const { problem } = thrownBy(() => resized(cnn3x3({ size: 64 }), 32));
  expect(problem).toMatchObject({
    code: 'option',
    found: 'cnn3x3, whose dense1.weight is [256, 4096], and [256, 1024] at 32x32',
  });
});
