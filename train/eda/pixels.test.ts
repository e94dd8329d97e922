import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fillUniform, stream } from '../../export/random.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { hammingDistance, hashOfGrey, perceptualHash } from './perceptualHash.ts';
import { pixelStatistics } from './pixelStatistics.ts';

describe('pixelStatistics', () => {
  it('are those of two pixels, worked out by hand', () => {
    const data = Uint8Array.of(200, 100, 50, 0, 0, 0);
    const found = pixelStatistics({ width: 2, height: 1, data });
    const luma = 0.2126 * 200 + 0.7152 * 100 + 0.0722 * 50; // 117.65, and 0 for black
    expect(found.brightness).toBeCloseTo(luma / 2, 9);
    // Of two values, half their difference.
    expect(found.contrast).toBeCloseTo(luma / 2, 9);
    expect(found.saturation).toBeCloseTo((150 / 200 + 0) / 2, 12);
    expect(found.chroma).toBe(150);
    expect(found.means).toEqual([100, 50, 25]);
    expect(found.squares).toEqual([20000, 5000, 1250]);
  });

  it('find no colour and no contrast in one grey', () => {
    const found = pixelStatistics({ width: 3, height: 2, data: new Uint8Array(18).fill(77) });
    expect(found).toMatchObject({ saturation: 0, chroma: 0, means: [77, 77, 77] });
    expect(found.brightness).toBeCloseTo(77, 9);
    expect(found.contrast).toBeCloseTo(0, 5);
  });
});

const side = 32;

/** Random, and no two coefficients of it equal. */
function randomGrey(seed: number): Uint8Array {
  const noise = new Float32Array(side * side);
  fillUniform(stream(seed, 'grey'), noise);
  return Uint8Array.from(noise, (value) => Math.floor(256 * value));
}

describe('the perceptual hash', () => {
  it('has the bits of the transform by its definition', () => {
    const grey = randomGrey(1);
    // DCT-II of rows and columns 1 to 8, as a double sum over all pixels.
    const coefficients = Array.from({ length: 64 }, (_, i) => {
      const [k, l] = [Math.floor(i / 8) + 1, (i % 8) + 1];
      let sum = 0;
      for (let y = 0; y < side; y += 1) {
        for (let x = 0; x < side; x += 1) {
          const wave =
            Math.cos((Math.PI / side) * (y + 0.5) * k) * Math.cos((Math.PI / side) * (x + 0.5) * l);
          sum += wave * (grey[y * side + x] ?? 0);
        }
      }
      return sum;
    });
    const ranked = [...coefficients].sort((a, b) => b - a).slice(0, 32);
    const expected = coefficients.map((coefficient) => (ranked.includes(coefficient) ? '1' : '0'));
    const [low = 0, high = 0] = hashOfGrey(grey);
    const bits = [low, high].map((word) => word.toString(2).padStart(32, '0').split('').reverse().join(''));
    expect(bits.join('')).toBe(expected.join(''));
  });

  it('of the negative is the complement', () => {
    const grey = randomGrey(2);
    const negative = grey.map((value) => 255 - value);
    expect(hammingDistance(hashOfGrey(grey), hashOfGrey(negative))).toBe(64);
  });

  it('counts the bits that differ', () => {
    const words = fc.tuple(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    );
    fc.assert(
      fc.property(words, words, (a, b) => {
        const differing = a.map((word, i) => (BigInt(word) ^ BigInt(b[i] ?? 0)).toString(2));
        const ones = differing.join('').replaceAll('0', '').length;
        expect(hammingDistance(Uint32Array.from(a), Uint32Array.from(b))).toBe(ones);
      }),
    );
  });

  it.each([
    ['size and compression', (scene: Buffer) => sharp(scene).resize(90, 67).jpeg({ quality: 60 })],
    ['brightness', (scene: Buffer) => sharp(scene).linear(0.7, 5)],
    ['a black frame', (scene: Buffer) => sharp(scene).composite([{ input: frame, left: 0, top: 0 }])],
  ])('hardly changes with %s', async (_, changed) => {
    const scene = await picture(3);
    const hash = await perceptualHash(await decodeImage(scene));
    const version = await changed(scene).toBuffer();
    expect(hammingDistance(hash, await perceptualHash(await decodeImage(version)))).toBeLessThanOrEqual(6);
  });

  it('changes with the picture', async () => {
    const hashes = await Promise.all(
      [3, 4].map(async (seed) => perceptualHash(await decodeImage(await picture(seed)))),
    );
    const [first = new Uint32Array(2), second = new Uint32Array(2)] = hashes;
    expect(hammingDistance(first, second)).toBeGreaterThan(16);
  });

  it('is one of the smallest picture too', async () => {
    const found = await perceptualHash({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3) });
    expect(found).toHaveLength(2);
  });
});

const frame = Buffer.from(
  '<svg width="160" height="120"><rect width="160" height="120" fill="none" stroke="black" stroke-width="16"/></svg>',
);

/** A smooth random scene of 160x120, as a PNG. */
function picture(seed: number): Promise<Buffer> {
  const noise = new Float32Array(12 * 9 * 3);
  fillUniform(stream(seed, 'scene'), noise);
  const data = Uint8Array.from(noise, (value) => Math.floor(256 * value));
  return sharp(data, { raw: { width: 12, height: 9, channels: 3 } })
    .resize(160, 120, { kernel: 'cubic' })
    .png()
    .toBuffer();
}
