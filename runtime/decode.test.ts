import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AreographError, type ErrorCode } from '../dsl/errors.ts';
import { decodeImage } from './decode.ts';
import type { RgbImage } from './image.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'areograph-decode-'));
});
afterAll(() => rm(folder, { recursive: true }));

// A 3x2 picture whose left pixel of the top row is pure red, the rest mid grey.
const pixels = Uint8Array.from([255, 0, 0, 128, 128, 128, 128, 128, 128, ...Array(9).fill(128)]);
const picture = () => sharp(pixels, { raw: { width: 3, height: 2, channels: 3 } });
const at = (image: RgbImage, y: number, x: number) => [
  ...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3),
];

async function failure(source: string | Uint8Array): Promise<AreographError> {
  const error: unknown = await decodeImage(source).then(
    () => 'decoded',
    (reason: unknown) => reason,
  );
  if (error instanceof AreographError) return error;
  throw new Error(`expected an AreographError, found ${String(error)}`);
}

describe('decodeImage', () => {
  it('gives the exact pixels of a PNG, row by row, from bytes and from a file', async () => {
    const png = await picture().png().toBuffer();
    const file = join(folder, 'picture.png');
    await writeFile(file, png);
    for (const image of [await decodeImage(png), await decodeImage(file)]) {
      expect([image.height, image.width]).toEqual([2, 3]);
      expect([...image.data]).toEqual([...pixels]);
    }
  });

  it('applies EXIF orientation', async () => {
    // Orientation 6: the stored top row is the right-hand column of the scene.
    const tagged = await picture().withMetadata({ orientation: 6 }).png().toBuffer();
    const image = await decodeImage(tagged);
    expect([image.height, image.width]).toEqual([3, 2]);
    expect(at(image, 0, 1)).toEqual([255, 0, 0]);
  });

  it('spreads grey over three channels', async () => {
    const grey = await sharp(Uint8Array.from([10, 200]), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(1);
    expect([...(await decodeImage(grey)).data]).toEqual([10, 10, 10, 200, 200, 200]);
  });

  it('reduces 16 bits to 8, colour and grey', async () => {
    const wide = Uint16Array.from([0, 0x8080, 0xffff]);
    const raw = { width: 1, height: 1, channels: 3 } as const;
    const colour = await sharp(wide, { raw }).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(colour).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(colour)).data]).toEqual([0, 128, 255]);

    const grey = await sharp(Uint16Array.of(0x8080), { raw: { width: 1, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(grey).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(grey)).data]).toEqual([128, 128, 128]);
  });

  it('lays transparency on black, 8 and 16 bits, colour and grey', async () => {
    const clear = Uint8Array.from([255, 255, 255, 0, 255, 255, 255, 255]);
    const rgba = sharp(clear, { raw: { width: 2, height: 1, channels: 4 } });
    expect([...(await decodeImage(await rgba.png().toBuffer())).data]).toEqual([0, 0, 0, 255, 255, 255]);
    const deep = await rgba.clone().toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(deep)).data]).toEqual([0, 0, 0, 255, 255, 255]);
    const grey = await rgba.clone().toColourspace('b-w').png().toBuffer();
    expect((await sharp(grey).metadata()).channels).toBe(2);
    expect([...(await decodeImage(grey)).data]).toEqual([0, 0, 0, 255, 255, 255]);
  });

  it('converts CMYK and other colour profiles to sRGB', async () => {
    const red = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 200, g: 40, b: 30 } } });
    const cmyk = await red.clone().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const p3 = await red.clone().withIccProfile('p3').png().toBuffer();
    for (const [bytes, tolerance] of [
      [cmyk, 30],
      [p3, 4],
    ] as const) {
      const [r = 0, g = 0, b = 0] = at(await decodeImage(bytes), 4, 4);
      expect(Math.abs(r - 200)).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(g - 40)).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(b - 30)).toBeLessThanOrEqual(tolerance);
    }
  });

  it('takes the first frame of an animation', async () => {
    const frames = Uint8Array.from([...Array(12).fill(250), ...Array(12).fill(5)]);
    const gif = await sharp(frames, { raw: { width: 2, height: 4, channels: 3, pageHeight: 2 } })
      .gif({ loop: 0, delay: [100, 100] })
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const image = await decodeImage(gif);
    expect([image.height, image.width]).toEqual([2, 2]);
    expect(at(image, 0, 0)[0]).toBeGreaterThan(200);
  });

  it('names the file that is missing, a folder, no image, empty or truncated', async () => {
    const jpeg = await picture().resize(200, 200).jpeg().toBuffer();
    const png = await picture().resize(200, 200).png().toBuffer();
    const cases: [name: string, bytes: Uint8Array | undefined, code: ErrorCode, found: RegExp][] = [
      ['missing.jpg', undefined, 'image', /no such file/],
      ['text.jpg', new TextEncoder().encode('not an image'), 'format', /bytes that start as none/],
      ['empty.jpg', new Uint8Array(), 'format', /no bytes/],
      ['cut.jpg', jpeg.subarray(0, jpeg.length >> 1), 'image', /./],
      ['cut.png', png.subarray(0, png.length >> 1), 'image', /./],
      ['header.jpg', jpeg.subarray(0, 12), 'image', /./],
      ['header.png', png.subarray(0, 12), 'image', /./],
    ];
    for (const [name, bytes, code, found] of cases) {
      const file = join(folder, name);
      if (bytes) await writeFile(file, bytes);
      const error = await failure(file);
      expect(error.code, name).toBe(code);
      expect(error.problem.where, name).toBe(file);
      expect(error.problem.found, name).toMatch(found);
    }
    expect((await failure(folder)).problem.found).toBe('a folder');
    expect((await failure(jpeg.subarray(0, 100))).problem.where).toBe('the image');
  });

  it('refuses drawings and images over the pixel limit before decoding them', async () => {
    const svg = new TextEncoder().encode(
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    );
    expect((await failure(svg)).code).toBe('format');

    // A PNG whose header claims 100,000 x 100,000 pixels.
    const png = await picture().png().toBuffer();
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    expect(await failure(png)).toMatchObject({
      code: 'pixels',
      problem: { expected: 'at most 25000000 pixels, and 32768 on a side' },
    });

    const small = await picture().resize(20, 10).png().toBuffer();
    await expect(decodeImage(small, 200)).resolves.toMatchObject({ height: 10, width: 20 });
    await expect(decodeImage(small, 199)).rejects.toMatchObject({ code: 'pixels' });
    for (const [width, height] of [
      [32_769, 1],
      [1, 32_769],
    ] as const) {
      const long = await picture().resize(width, height, { fit: 'fill' }).png().toBuffer();
      await expect(decodeImage(long)).rejects.toMatchObject({ code: 'pixels' });
    }
  });
});
