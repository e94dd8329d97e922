/**
 * Whatever bytes come, decodeImage gives an image or says in its own words why not. PROPERTY_SEED=random npx vitest run
 * runtime/decode.property draws other bytes and says which; PROPERTY_RUNS says how many.
 */
import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { AreographError } from '../dsl/errors.ts';
import { decodeImage } from './decode.ts';

const { PROPERTY_SEED, PROPERTY_RUNS } = process.env;
const seed = PROPERTY_SEED === 'random' ? Date.now() % 2 ** 31 : Number(PROPERTY_SEED ?? 1);
const numRuns = Number(PROPERTY_RUNS ?? 300);
if (PROPERTY_SEED !== undefined) console.log(`PROPERTY_SEED=${seed}`);

/** Small, so that an image of random dimensions is decoded, or refused, at once. */
const maxPixels = 1_000_000;

async function requireImageOrReason(bytes: Uint8Array): Promise<'image' | 'reason'> {
  try {
    const { height, width, data } = await decodeImage(bytes, maxPixels);
    expect(height * width).toBeGreaterThan(0);
    expect(height * width).toBeLessThanOrEqual(maxPixels);
    expect(data).toBeInstanceOf(Uint8Array);
    expect(data.length).toBe(height * width * 3);
    return 'image';
  } catch (error) {
    if (!(error instanceof AreographError)) throw error;
    expect(['format', 'image', 'pixels']).toContain(error.code);
    return 'reason';
  }
}

/** How each format starts. */
const starts = {
  jpeg: 'ffd8ffe000104a464946000101',
  'jpeg frame': 'ffd8ffc0001108',
  png: '89504e470d0a1a0a0000000d49484452',
  gif: '474946383961',
  tiff: '49492a0008000000',
  'tiff, big-endian': '4d4d002a00000008',
  bigtiff: '49492b0008000000',
  webp: '52494646ffff00005745425056503820',
  'webp, lossless': '52494646ffff0000574542505650384c',
  'webp, extended': '52494646ffff00005745425056503858',
  avif: '0000001c667479706176696600000000',
  heic: '0000001c667479706865696300000000',
} as const;

it.each(Object.entries(starts))('random bytes after the start of a %s', async (_, start) => {
  const bytes = fc
    .uint8Array({ maxLength: 400 })
    .map((random) => Uint8Array.from([...Buffer.from(start, 'hex'), ...random]));
  await fc.assert(
    fc.asyncProperty(bytes, async (each) => void (await requireImageOrReason(each))),
    { seed, numRuns },
  );
});

it('random bytes', async () => {
  const bytes = fc.uint8Array({ maxLength: 400 });
  await fc.assert(
    fc.asyncProperty(bytes, async (each) => void (await requireImageOrReason(each))),
    { seed, numRuns },
  );
});

const formats = ['jpeg', 'png', 'gif', 'tiff', 'webp', 'avif'] as const;

/** Half an image is found out deeper inside a decoder than bytes that never were one. */
it.each(formats)('a %s with some bytes changed, taken out or put in', async (format) => {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const whole = await sharp({ create: { width: 40, height: 30, channels: 3, background: 'black', noise } })
    .toFormat(format)
    .toBuffer();
  expect(await requireImageOrReason(whole)).toBe('image');
  const edits = fc.array(
    fc.record({
      at: fc.nat(whole.length - 1),
      removed: fc.nat(4),
      inserted: fc.uint8Array({ maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(edits, async (places) => {
      const bytes = places.reduce<Uint8Array>(
        (before, { at, removed, inserted }) =>
          Buffer.concat([before.subarray(0, at), inserted, before.subarray(at + removed)]),
        whole,
      );
      outcomes.add(await requireImageOrReason(bytes));
    }),
    { seed, numRuns },
  );
  // Else the edits were of no use.
  expect(outcomes).toContain('reason');
});
