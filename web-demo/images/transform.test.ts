import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../runtime/image.ts';
import { DRAWINGS } from '../../train/data/drawings.ts';
import { drawPicture } from '../../train/data/synthetic.ts';
import { atRest, type Transformation, transform } from './transform.ts';

/** Grey pixels, row by row. */
function grey(...rows: readonly (readonly number[])[]): RgbImage {
  const data = Uint8Array.from(rows.flat().flatMap((value) => [value, value, value]));
  return { height: rows.length, width: rows[0]?.length ?? 0, data };
}

const changed = (image: RgbImage, change: Partial<Transformation>) =>
  transform(image, { ...atRest, ...change });

const image = fc
  .record({ height: fc.integer({ min: 1, max: 12 }), width: fc.integer({ min: 1, max: 12 }) })
  .chain(({ height, width }) =>
    fc
      .uint8Array({ minLength: height * width * 3, maxLength: height * width * 3 })
      .map((data): RgbImage => ({ height, width, data })),
  );

const numbers = grey([1, 2, 3, 4], [5, 6, 7, 8]);

describe('an image', () => {
  it('stays as it is at rest, and the given one always does', () => {
    fc.assert(
      fc.property(image, fc.integer({ min: -180, max: 180 }), (given, rotation) => {
        const before = given.data.slice();
        expect(transform(given, atRest)).toEqual(given);
        changed(given, { rotation, blur: 3, cover: 40 });
        expect(given.data).toEqual(before);
      }),
    );
  });

  it('moves to the right and down, and what comes in is its mirror', () => {
    expect(changed(numbers, { shiftX: 50 })).toEqual(grey([2, 1, 1, 2], [6, 5, 5, 6]));
    expect(changed(numbers, { shiftX: -25 })).toEqual(grey([2, 3, 4, 4], [6, 7, 8, 8]));
    expect(changed(numbers, { shiftY: 50 })).toEqual(grey([1, 2, 3, 4], [1, 2, 3, 4]));
    // By whole pixels: 30 % of 4 is 1.2.
    expect(changed(numbers, { shiftX: 30 })).toEqual(grey([1, 1, 2, 3], [5, 5, 6, 7]));
  });

  it('turns clockwise', () => {
    const square = grey([1, 2, 3], [4, 5, 6], [7, 8, 9]);
    expect(changed(square, { rotation: 90 })).toEqual(grey([7, 4, 1], [8, 5, 2], [9, 6, 3]));
    expect(changed(square, { rotation: -90 })).toEqual(grey([3, 6, 9], [2, 5, 8], [1, 4, 7]));
    expect(changed(numbers, { rotation: 180 })).toEqual(grey([8, 7, 6, 5], [4, 3, 2, 1]));
  });

  it('is blurred by a Gaussian', () => {
    // 5 wide, so 20 % is a deviation of 1: exp(-i^2 / 2) is 1, 0.6065, 0.1353, 0.0111 and their sum 2.5059, so that a line
    // of light keeps 0.3991, 0.2420, 0.0540, 0.0044; the mirror brings the last of these back to the edges: 0.0540 + 0.0044.
    const line = grey([0, 0, 250, 0, 0], [0, 0, 250, 0, 0]);
    expect(changed(line, { blur: 20 })).toEqual(grey([15, 61, 100, 61, 15], [15, 61, 100, 61, 15]));
  });

  it('is blurred as sharp does it, away from the edges', async () => {
    const file = sharp(Buffer.from(await drawPicture(DRAWINGS.wheel, 1))).removeAlpha();
    const { data, info } = await file.clone().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const deviation = 2.5;
    const found = changed({ width, height, data }, { blur: (100 * deviation) / Math.max(width, height) });
    const expected = await file
      .clone()
      .blur({ sigma: deviation, precision: 'float', minAmplitude: 0.01 })
      .raw()
      .toBuffer();
    let largest = 0;
    for (let y = 10; y < height - 10; y += 1) {
      for (let i = (y * width + 10) * 3; i < (y * width + width - 10) * 3; i += 1) {
        largest = Math.max(largest, Math.abs((found.data[i] ?? 0) - (expected[i] ?? 0)));
      }
    }
    expect(largest).toBeLessThanOrEqual(2);
    expect(Buffer.compare(found.data, data)).not.toBe(0);
  });

  it('is covered by a grey square', () => {
    const covered = grey([1, 2, 3, 4], [128, 128, 7, 8]);
    expect(changed(numbers, { cover: 50, coverX: 25, coverY: 100 })).toEqual(covered);
  });

  it('is covered whole by the largest square, whatever it shows', () => {
    fc.assert(
      fc.property(image, (given) => {
        expect(changed(given, { cover: 100 }).data).toEqual(new Uint8Array(given.data.length).fill(128));
      }),
    );
  });
});
