import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDataset } from './dataset.ts';
import { listedFiles, temporaryFolder, writeFiles } from './fixtures.ts';
import { moved, movedCache } from './movedPixels.ts';
import { permutedCache, pixelPermutation } from './permutedPixels.ts';
import { openPixelCache, type PixelCache } from './pixelCache.ts';
import { shifted, shiftedCache } from './shiftedPixels.ts';

const SIZE = 3;
const BYTES = SIZE * SIZE * 3;

/** Seven images; each pixel holds its image, its row and its column. */
const imageOf = (image: number) =>
  Uint8Array.from({ length: BYTES }, (_, byte) => {
    const pixel = Math.floor(byte / 3);
    return [image, 100 + Math.floor(pixel / SIZE), 200 + (pixel % SIZE)][byte % 3] ?? 0;
  });
async function cacheOfSeven(): Promise<PixelCache> {
  const folder = join(temporaryFolder(), 'seven');
  writeFiles(folder, await listedFiles({ train: 7, val: 2, test: 2 }));
  return openPixelCache({
    dataset: await readDataset(folder),
    split: 'train',
    size: SIZE,
    key: 'places',
    // The pictures' greys are 10 and up, in the order of the split.
    preprocess: async ({ data }) => imageOf((data[0] ?? 0) - 10),
    cacheDirectory: join(folder, '..', 'cache'),
  });
}
const asGrey = (values: readonly number[]) =>
  Uint8Array.from(values.flatMap((value) => [value, value, value]));

describe('shifted', () => {
  // 1 2 3 / 4 5 6 / 7 8 9
  const nine = asGrey([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  it.each([
    ['right', 1, 0, [1, 1, 2, 4, 4, 5, 7, 7, 8]],
    ['left', -1, 0, [2, 3, 3, 5, 6, 6, 8, 9, 9]],
    ['down', 0, 1, [1, 2, 3, 1, 2, 3, 4, 5, 6]],
    ['up and right', 2, -1, [4, 4, 4, 7, 7, 7, 7, 7, 7]],
    ['out of sight', -9, 9, [3, 3, 3, 3, 3, 3, 3, 3, 3]],
    ['nowhere', 0, 0, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])('moves what is seen %s, repeating the edge', (_, dx, dy, expected) => {
    expect(shifted(nine, SIZE, dx, dy)).toEqual(asGrey(expected));
  });

  it('keeps images and channels apart', () => {
    const two = Uint8Array.from([...imageOf(1), ...imageOf(2)]);
    const result = shifted(two, SIZE, 0, -2);
    for (const image of [0, 1]) {
      for (let pixel = 0; pixel < SIZE * SIZE; pixel += 1) {
        const start = image * BYTES + 3 * pixel;
        expect([...result.subarray(start, start + 3)]).toEqual([image + 1, 102, 200 + (pixel % SIZE)]);
      }
    }
    expect(two).toEqual(Uint8Array.from([...imageOf(1), ...imageOf(2)]));
  });

  it('refuses parts of pixels and of images', () => {
    expect(() => shifted(nine, SIZE, 0.5, 0)).toThrow(/whole pixels, found 0.5 and 0/);
    expect(() => shifted(nine, SIZE, 0, Number.NaN)).toThrow(RangeError);
    expect(() => shifted(nine.subarray(1), SIZE, 0, 0)).toThrow(/images of 27 bytes, found 26/);
  });
});

describe('pixelPermutation', () => {
  const sizes = fc.integer({ min: 1, max: 40 });

  it('takes every pixel to one place, and back by its inverse', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, seed) => {
        const order = pixelPermutation(size, seed);
        expect(order.toSorted()).toEqual(Int32Array.from({ length: size * size }, (_, i) => i));
        const inverse = new Int32Array(order.length);
        for (const [target, source] of order.entries()) inverse[source] = target;
        const images = Uint8Array.from({ length: 2 * size * size * 3 }, (_, i) => (i * 37 + seed) % 256);
        expect(moved(moved(images, order), inverse)).toEqual(images);
      }),
    );
  });

  it('is the same for the same seed, and shuffles', () => {
    expect(pixelPermutation(16, 3)).toEqual(pixelPermutation(16, 3));
    expect(pixelPermutation(16, 3)).not.toEqual(pixelPermutation(16, 4));
    // About one of any number stays where it was.
    expect(pixelPermutation(64, 1).filter((source, target) => source === target).length).toBeLessThan(8);
  });
});

describe.each([
  ['shifted', (cache: PixelCache, size: number) => shiftedCache(cache, size, 1, -1)],
  ['permuted', (cache: PixelCache, size: number) => permutedCache(cache, size, 5)],
])('a %s cache', (_, wrap) => {
  it('gives the images asked for, each changed as every other is', async () => {
    const cache = await cacheOfSeven();
    const wrapped = wrap(cache, SIZE);
    expect(wrapped).toMatchObject({ count: 7, imageBytes: BYTES, labels: cache.labels });
    const out = new Uint8Array(3 * BYTES);
    wrapped.read([6, 0, 6], out);
    const [first, second, third] = [0, 1, 2].map((i) => out.subarray(i * BYTES, (i + 1) * BYTES));
    expect(third).toEqual(first);
    const places = (image: Uint8Array | undefined) => image?.filter((__, byte) => byte % 3 !== 0);
    expect(places(second)).toEqual(places(first));
    expect(places(first)).not.toEqual(places(imageOf(6)));
    expect(first?.filter((__, byte) => byte % 3 === 0)).toEqual(new Uint8Array(9).fill(6));
    expect(second?.filter((__, byte) => byte % 3 === 0)).toEqual(new Uint8Array(9));
    wrapped.close();
    expect(() => cache.read([0], new Uint8Array(BYTES))).toThrow(/closed/);
  });

  it('refuses what the cache refuses, and caches of images of another size', async () => {
    const cache = await cacheOfSeven();
    const wrapped = wrap(cache, SIZE);
    for (const index of [-1, 7, 0.5, Number.NaN]) {
      expect(() => wrapped.read([index], new Uint8Array(BYTES))).toThrow(RangeError);
    }
    for (const length of [0, BYTES - 1, BYTES + 1, 2 * BYTES]) {
      expect(() => wrapped.read([0], new Uint8Array(length))).toThrow(RangeError);
    }
    wrapped.read([], new Uint8Array());
    expect(() => wrap(cache, SIZE + 1)).toThrow(/images of 48 bytes, found images of 27/);
    cache.close();
  });
});

it('permuted reads are those of the permutation', async () => {
  const cache = await cacheOfSeven();
  const out = new Uint8Array(BYTES);
  permutedCache(cache, SIZE, 5).read([4], out);
  for (const [target, source] of pixelPermutation(SIZE, 5).entries()) {
    expect([...out.subarray(3 * target, 3 * target + 3)]).toEqual([
      ...imageOf(4).subarray(3 * source, 3 * source + 3),
    ]);
  }
  movedCache(
    cache,
    Int32Array.from({ length: 9 }, (_, i) => i),
  ).read([4], out);
  expect(out).toEqual(imageOf(4));
  cache.close();
});
