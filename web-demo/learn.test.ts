/** The built page's Learn view: two classes are taught, and what comes of it is used, downloaded and run elsewhere. */
import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { read } from 'vega';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { browserForTest } from '../export/testing/browser.ts';
import { loadClassifier } from '../runtime/classifier.ts';
import { decodeImage } from '../runtime/decode.ts';
import { DRAWINGS } from '../train/data/drawings.ts';
import { drawPicture } from '../train/data/synthetic.ts';
import { defaultName } from './build/models.ts';
import { askAboutDrawing } from './testing/asking.ts';
import { type BuiltDemo, buildDemo, openDemo } from './testing/builtDemo.ts';

let demo: BuiltDemo;
let browser: Browser | undefined;
beforeAll(async () => {
  browser = await browserForTest();
  demo = await buildDemo();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await demo.remove();
});

/** Both lie on soil or before the rover: their colours are alike. */
const taught = ['wheel', 'drill'] as const;
const imagesOfClass = 60;

interface Picture {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

function draw(name: (typeof taught)[number], count: number, firstSeed: number): Promise<Picture[]> {
  const seeds = Array.from({ length: count }, (_, i) => firstSeed + i);
  return Promise.all(
    seeds.map(async (seed) => ({
      name: `${name} ${seed}.png`,
      mimeType: 'image/png',
      buffer: await sharp(await drawPicture(DRAWINGS[name], seed))
        .png()
        .toBuffer(),
    })),
  );
}

const progress = (page: Page) => page.getByTestId('learn-progress');
const result = (page: Page) => page.getByTestId('learn-result');
const trainButton = (page: Page) => page.getByRole('button', { name: /^Train on \d+ image/ });

async function fillWithDrawings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try it with drawings' }).click();
  await page.getByRole('button', { name: 'Train on 30 images' }).waitFor();
}

async function axeFinds(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target).join(', ')}`);
}

describe('Learn', () => {
  it('teaches the head two classes to 95 % of what is held back, in under a minute of WebAssembly', {
    timeout: 240_000,
  }, async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, complaints, close } = await openDemo(browser, demo, { address: '#learn' });
    for (const [i, name] of taught.entries()) {
      await page.getByLabel(`Name of class ${i + 1}`, { exact: true }).fill(name);
      const input = page.getByRole('group', { name: `Images of ${name}` }).getByLabel('Choose images');
      await input.setInputFiles(await draw(name, imagesOfClass, 1000 * (i + 1)));
    }
    await page.getByRole('button', { name: `Train on ${2 * imagesOfClass} images` }).waitFor();
    const began = performance.now();
    await trainButton(page).click();
    await result(page).waitFor({ timeout: 200_000 });
    const seconds = (performance.now() - began) / 1000;
    const [, right = 0, held = 0] =
      /(\d+) of (\d+) held-back images/.exec((await result(page).textContent()) ?? '')?.map(Number) ?? [];
    expect(held).toBe(24);
    expect(right / held).toBeGreaterThanOrEqual(0.95);
    expect(seconds).toBeLessThan(60);

    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download model/ }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`my-${defaultName}.onnx`);
    const classifier = await loadClassifier(await download.path(), { device: 'cpu' });
    expect(classifier.description.classes).toEqual(taught);
    expect(classifier.description.provenance).toMatchObject({
      base: defaultName,
      data: 'images given in the browser: wheel 60, drill 60',
      heldBackImages: held,
      heldBackAccuracy: right / held,
    });

    await page.getByRole('button', { name: 'Use it in Predict' }).click();
    const others = [...(await draw('wheel', 2, 5000)), ...(await draw('drill', 2, 6000))];
    await page.getByLabel('Choose images').setInputFiles(others);
    await page.getByText('4 answers.').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const text = await readFile(await (await saving).path(), 'utf8');
    const table = z.array(z.record(z.string(), z.string())).parse(read(text, { type: 'csv', parse: {} }));
    for (const { name, buffer } of others) {
      const [answer] = await classifier.predict([await decodeImage(buffer)]);
      const row = table.find((each) => each['image'] === name);
      expect(row?.['model']).toBe(`my-${defaultName}`);
      for (const [i, label] of taught.entries()) {
        // Where resizing rounds a value that lies between two, each runtime may take another one.
        expect(Math.abs(Number(row?.[label]) - (answer?.probabilities[i] ?? 0))).toBeLessThan(1e-3);
      }
    }
    await classifier.release();
    expect(complaints).toEqual([]);
    await close();
  });

  it('says what is missing before it starts, and takes no file that is no image', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, close } = await openDemo(browser, demo, { address: '#learn' });
    await page.getByLabel('Name of class 2', { exact: true }).fill('class 1');
    const missing = page.getByRole('list', { name: 'Before it can start' });
    expect(await missing.getByRole('listitem').allTextContents()).toEqual([
      'Two classes are called “class 1”: rename one.',
      'Give “class 1” at least 2 images; ten or more work better.',
      'Give “class 1” at least 2 images; ten or more work better.',
    ]);
    expect(await trainButton(page).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Remove class 2' }).click();
    await page
      .getByLabel('Choose images')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no image') });
    await page.getByText('notes.txt: expected a JPEG').waitFor();
    await page.getByText('0 images', { exact: true }).waitFor();
    await close();
  });

  it('goes on while another view is shown, stops with the best so far, and starts again after a reset', {
    timeout: 120_000,
  }, async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, complaints, close } = await openDemo(browser, demo, { address: '#learn' });
    await fillWithDrawings(page);
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Epochs').fill('400');
    await trainButton(page).click();
    await progress(page).getByText('Epoch 1 of 400').waitFor();
    await page.getByRole('link', { name: 'Predict' }).click();
    await askAboutDrawing(page);
    await page.getByRole('link', { name: 'Learn' }).click();
    await progress(page)
      .getByText(/% of held-back images right/)
      .waitFor();
    await progress(page)
      .getByRole('img', { name: /^Loss by epoch/ })
      .waitFor();
    await page.getByRole('button', { name: 'Stop, and keep the best so far' }).click();
    await result(page).waitFor();
    expect(await result(page).textContent()).toMatch(/\d of 6 held-back images/);
    expect(await axeFinds(page)).toEqual([]);

    await page.getByLabel('All layers').click();
    await page.getByLabel('Epochs').fill('1');
    await page.getByRole('button', { name: 'Train on', exact: true }).click();
    await progress(page).getByText('Epoch 1 of 1').waitFor();
    await result(page).waitFor();
    expect(await result(page).textContent()).toMatch(/\d of 6 held-back images/);

    await page.getByLabel('Epochs').fill('400');
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await progress(page).count()).toBe(0);
    await trainButton(page).click();
    await progress(page).getByText('Epoch 1 of 400').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await progress(page).count()).toBe(0);
    expect(await trainButton(page).isEnabled()).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  it('keeps the page alive while it trains', { timeout: 120_000 }, async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, close } = await openDemo(browser, demo, { address: '#learn' });
    await fillWithDrawings(page);
    await page.getByLabel('All layers').click();
    await trainButton(page).click();
    await progress(page).getByText('Epoch 1 of 10').waitFor();
    // Turns that the page has in two seconds: as many as steps, if it were the page that takes them.
    const turns = await page.evaluate(async () => {
      const end = performance.now() + 2000;
      let count = 0;
      for (; performance.now() < end; count += 1) await new Promise((resolve) => setTimeout(resolve));
      return count;
    });
    expect(turns).toBeGreaterThan(60);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await close();
  });
});
