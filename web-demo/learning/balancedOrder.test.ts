import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedOrder } from './balancedOrder.ts';

/** Labels 0 .. C - 1, each with an image or more, in any order. */
const labelsOf = fc
  .array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 })
  .chain((counts) => {
    const labels = counts.flatMap((count, label) => new Array<number>(count).fill(label));
    return fc.shuffledSubarray(labels, { minLength: labels.length });
  })
  .map((labels) => Int32Array.from(labels));

const length = fc.integer({ min: 1, max: 100 });

function tally(values: Iterable<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

describe('the order of an epoch', () => {
  it('shows every class equally often, and the images of a class too, to one', () => {
    fc.assert(
      fc.property(labelsOf, length, fc.nat(5), (labels, steps, epoch) => {
        const order = balancedOrder(labels, steps, 1, epoch);
        expect(order).toHaveLength(steps);
        const shown = tally(order);
        const classes = [...new Set(labels)];
        const ofClass = classes.map((label) =>
          [...labels].flatMap((other, image) => (other === label ? [shown.get(image) ?? 0] : [])),
        );
        for (const counts of ofClass) expect(spread(counts)).toBeLessThanOrEqual(1);
        const sums = ofClass.map((counts) => counts.reduce((sum, count) => sum + count, 0));
        expect(spread(sums)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is another in each epoch and for each seed, and the same for the same', () => {
    const labels = Int32Array.from({ length: 20 }, (_, i) => i % 2);
    const order = balancedOrder(labels, 20, 1, 0);
    expect(balancedOrder(labels, 20, 1, 0)).toEqual(order);
    expect(balancedOrder(labels, 20, 1, 1)).not.toEqual(order);
    expect(balancedOrder(labels, 20, 2, 0)).not.toEqual(order);
  });
});
