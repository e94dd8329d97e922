/** The page's speed, held to twice what `npm run bench:demo` asks for: other tests may be running. */

import { min } from 'd3-array';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserForTest } from '../export/testing/browser.ts';
import { decodeImage } from '../runtime/decode.ts';
import { freshModel } from '../serve/bench/freshModel.ts';
import { DRAWINGS } from '../train/data/drawings.ts';
import { drawPicture } from '../train/data/synthetic.ts';
import { coldLoad } from './bench/coldLoad.ts';
import { steadyTime } from './bench/steady.ts';
import { type BuiltDemo, buildDemo } from './testing/builtDemo.ts';
import { labPage, openLab } from './testing/openLab.ts';

const browser = await browserForTest();
let demo: BuiltDemo;
beforeAll(async () => {
  demo = await buildDemo([labPage]);
});
afterAll(async () => {
  await browser?.close();
  await demo.remove();
});

/** The least of several: what the page can do where it is left alone for a moment. */
async function least(measure: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 3; i += 1) times.push(await measure());
  return min(times) ?? Number.NaN;
}

describe.skipIf(browser === undefined)('the page', () => {
  it('answers within 4 s of a cold load', async () => {
    if (browser === undefined) throw new Error('no browser');
    expect(await least(async () => (await coldLoad(browser, demo)).answered)).toBeLessThan(4000);
  });

  it('takes less than 80 ms for cnn3x3 at 128x128, with one thread of WebAssembly', async () => {
    if (browser === undefined) throw new Error('no browser');
    const drawing = await sharp(await drawPicture(DRAWINGS.wheel, 1))
      .resize(256, 256)
      .png()
      .toBuffer();
    const image = await decodeImage(drawing);
    const lab = await openLab(browser, demo, { choice: 'wasm' });
    try {
      expect(lab.backend).toEqual({ name: 'wasm', threads: 1 });
      await lab.open('cnn3x3', freshModel());
      const predict = async () => (await lab.predict('cnn3x3', image)).milliseconds;
      expect(await least(() => steadyTime(predict, 10))).toBeLessThan(80);
    } finally {
      await lab.close();
    }
  });
});
