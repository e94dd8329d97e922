import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNextHeldBack } from './heldBack.ts';

describe('the images that are held back', () => {
  it('are a fifth of a class, rounded down, as long as none is taken away', () => {
    const images: { heldBack: boolean }[] = [];
    for (let count = 1; count <= 60; count += 1) {
      images.push({ heldBack: isNextHeldBack(images) });
      expect(images.filter(({ heldBack }) => heldBack)).toHaveLength(Math.floor(count / 5));
    }
  });

  it('are never more than were taken away and a fifth', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat())), (changes) => {
        let images: { heldBack: boolean }[] = [];
        let most = 0;
        for (const removed of changes) {
          images =
            removed === null
              ? [...images, { heldBack: isNextHeldBack(images) }]
              : images.filter((_, i) => i !== removed % Math.max(1, images.length));
          most = Math.max(most, images.length);
          const held = images.filter(({ heldBack }) => heldBack).length;
          expect(held).toBeLessThanOrEqual(Math.floor(most / 5));
        }
      }),
    );
  });
});
