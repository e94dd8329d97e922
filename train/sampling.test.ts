/** Which images an epoch shows. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stream } from '../export/random.ts';
import { drawnImages } from './sampling.ts';

const labels = fc
  .array(fc.integer({ min: -1, max: 4 }), { minLength: 1, maxLength: 80 })
  .filter((some) => some.some((label) => label >= 0));
const balance = fc.double({ min: 0, max: 1, noNaN: true });

it('without balance shows each image once', () => {
  const all = Int32Array.of(0, 0, 0, 1, 2, 2);
  const drawn = drawnImages(all, 0, 6, stream(1, 'epoch'));
  expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(drawnImages(all, 0, 6, stream(1, 'epoch'))).toEqual(drawn);
  expect(drawnImages(all, 0, 6, stream(2, 'epoch'))).not.toEqual(drawn);
});

it('shows an image as often as its class asks for, rounded, and none without a label', () => {
  fc.assert(
    fc.property(labels, balance, fc.integer({ min: 1, max: 200 }), fc.integer(), (list, b, count, seed) => {
      const drawn = drawnImages(Int32Array.from(list), b, count, stream(seed, 'epoch'));
      expect(drawn).toHaveLength(count);
      const size = (label: number) => list.filter((each) => each === label).length;
      const weight = (label: number) => (label < 0 ? 0 : size(label) ** -b);
      const total = list.reduce((sum, label) => sum + weight(label), 0);
      for (const [image, label] of list.entries()) {
        const times = drawn.filter((each) => each === image).length;
        const expected = (count * weight(label)) / total;
        expect(Math.abs(times - expected)).toBeLessThan(label < 0 ? 1e-9 : 1 + 1e-6);
      }
    }),
  );
});

it('with a balance of 1 shows every class as often as another', () => {
  const uneven = Int32Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : i < 990 ? 1 : 2));
  const drawn = drawnImages(uneven, 1, 999, stream(1, 'epoch'));
  for (const label of [0, 1, 2]) {
    expect(Math.abs(drawn.filter((image) => uneven[image] === label).length - 333)).toBeLessThan(10);
  }
});

it('shows in the long run each image of a class as often as another', () => {
  const uneven = Int32Array.of(0, 0, 0, 0, 0, 0, 1);
  const times = new Array(7).fill(0);
  for (let epoch = 0; epoch < 3000; epoch += 1) {
    for (const image of drawnImages(uneven, 0.5, 3, stream(epoch, 'epoch'))) times[image] += 1;
  }
  // Weights 6^-1/2 six times, and 1: of 9000 draws an image of the large class has 9000 / (6 + 6^1/2).
  const expected = 9000 / (6 + Math.sqrt(6));
  for (const count of times.slice(0, 6)) expect(Math.abs(count / expected - 1)).toBeLessThan(0.08);
  expect(Math.abs(times[6] / (expected * Math.sqrt(6)) - 1)).toBeLessThan(0.05);
});
