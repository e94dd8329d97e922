/** A browser decodes images as the server does. */
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserForTest } from '../export/testing/browser.ts';
import { decodeImage } from '../runtime/decode.ts';
import { DRAWINGS } from '../train/data/drawings.ts';
import { drawPicture } from '../train/data/synthetic.ts';
import { type BuiltDemo, buildDemo } from './testing/builtDemo.ts';
import { compareImages, type ImageDifference } from './testing/compareImages.ts';
import { labPage, type OpenLab, openLab } from './testing/openLab.ts';

const browser = await browserForTest();
let demo: BuiltDemo;
let lab: OpenLab;
beforeAll(async () => {
  if (browser === undefined) return;
  demo = await buildDemo([labPage]);
  lab = await openLab(browser, demo, { choice: 'wasm' });
});
afterAll(async () => {
  await lab?.close();
  await browser?.close();
  await demo?.remove();
});

const drawing = sharp(await drawPicture(DRAWINGS.wheel, 1));

/** What the browser makes of a file, beside what the server does. */
async function compared(file: Sharp): Promise<ImageDifference> {
  const bytes = await file.toBuffer();
  return compareImages(await lab.decode(bytes), await decodeImage(bytes));
}

const lossless: Readonly<Record<string, (drawing: Sharp) => Sharp>> = {
  PNG: (it) => it.png(),
  'grey PNG': (it) => it.toColourspace('b-w').png(),
  'PNG of 16 bits': (it) => it.toColourspace('rgb16').png(),
  'PNG, all transparent': (it) => it.ensureAlpha(0).png(),
  'lossless WebP': (it) => it.webp({ lossless: true }),
};

describe.skipIf(browser === undefined)('a browser', () => {
  it.each(Object.entries(lossless))('reads the same pixels from a %s', async (_, encode) => {
    expect(await compared(encode(drawing.clone()))).toMatchObject({ largest: 0 });
  });

  it('reads a large photograph band by band', async () => {
    // Two bands and a row.
    const large = drawing.clone().resize(2048, 4097, { fit: 'fill' }).ensureAlpha(0.5);
    expect((await compared(large.png())).largest).toBeLessThanOrEqual(1);
  });

  it('lays half transparent parts over black, as the server does', async () => {
    expect((await compared(drawing.clone().ensureAlpha(0.5).png())).largest).toBeLessThanOrEqual(1);
  });

  // Chromium leaves that of a WebP aside.
  it.each(['jpeg', 'png'] as const)('turns a %s of each EXIF orientation', async (format) => {
    for (let orientation = 1; orientation <= 8; orientation += 1) {
      const file = drawing.clone().withMetadata({ orientation }).toFormat(format, { quality: 95 });
      // Turned otherwise it would be some 20.
      expect((await compared(file)).mean, `orientation ${orientation}`).toBeLessThan(0.5);
    }
  });

  it.each(['jpeg', 'png', 'webp'] as const)('converts the colour profile of a %s', async (format) => {
    const file = drawing.clone().withIccProfile('p3').toFormat(format, { quality: 95 });
    expect((await compared(file)).mean).toBeLessThan(0.1);
    // Who ignored it would see other colours.
    const bytes = await file.toBuffer();
    const { data, info } = await sharp(bytes, { ignoreIcc: true })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const stored = { width: info.width, height: info.height, data };
    expect(compareImages(stored, await decodeImage(bytes)).mean).toBeGreaterThan(1);
  });

  it('says of what it cannot show what is wrong', async () => {
    for (const [file, message] of [
      [await drawing.clone().tiff().toBuffer(), /image/],
      [Buffer.from('no image'), /bytes that start as none of them does/],
      [Buffer.alloc(0), /no bytes at all/],
    ] as const) {
      await expect(lab.decode(file)).rejects.toThrow(message);
    }
  });
});
