/** The built page's Predict view, as its users go through it. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { read } from 'vega';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { browserForTest } from '../export/testing/browser.ts';
import { brightnessModel } from '../runtime/brightnessModel.ts';
import { loadClassifier } from '../runtime/classifier.ts';
import { decodeImage } from '../runtime/decode.ts';
import { DRAWINGS } from '../train/data/drawings.ts';
import { drawPicture } from '../train/data/synthetic.ts';
import { defaultName } from './build/models.ts';
import { exampleClasses } from './catalogue.ts';
import { type BuiltDemo, buildDemo, openDemo } from './testing/builtDemo.ts';
import { fileOf } from './testing/builtModels.ts';

let demo: BuiltDemo;
let browser: Browser | undefined;
/** PNGs, which decode to the same pixels everywhere. */
let pictures: readonly { readonly name: string; readonly mimeType: string; readonly buffer: Buffer }[];

beforeAll(async () => {
  browser = await browserForTest();
  demo = await buildDemo();
  pictures = await Promise.all(
    (['wheel', 'horizon', 'drill holes'] as const).map(async (name) => ({
      name: `${name}.png`,
      mimeType: 'image/png',
      buffer: await sharp(await drawPicture(DRAWINGS[name], 7))
        .png()
        .toBuffer(),
    })),
  );
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await demo.remove();
});

const answerOf = (page: Page, model: string) => page.getByTestId(`answer-${model}`);
const imagesOf = (page: Page) => page.getByRole('list', { name: 'Your images' }).getByRole('listitem');
const picker = (page: Page) => page.getByLabel('Choose images');

/** Gives a picture as the event of that name brings it, wherever the selector points. */
async function bring(page: Page, event: 'drop' | 'paste', picture: Buffer, selector = 'body'): Promise<void> {
  await page.locator(selector).evaluate(
    (target, { event, base64 }) => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      transfer.items.add(new File([bytes], `${event}.png`, { type: 'image/png' }));
      target.dispatchEvent(
        event === 'drop'
          ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }),
      );
    },
    { event, base64: picture.toString('base64') },
  );
}

/** Names of classes as they are listed. */
async function classesOf(page: Page, model: string): Promise<readonly string[]> {
  return answerOf(page, model).locator('.scores button > span:first-child').allTextContents();
}

async function probabilitiesOf(page: Page, model: string): Promise<readonly number[]> {
  const texts = await answerOf(page, model).locator('.probability').allTextContents();
  return texts.map((text) => Number(text.replace(' %', '')) / 100);
}

describe('the page', () => {
  it('names what a drawing shows, by WebAssembly, at any path, with threads and without', async ({
    skip,
  }) => {
    if (browser === undefined) return skip();
    for (const isolated of [true, false]) {
      const { page, complaints, close } = await openDemo(browser, demo, { path: '/some/where/', isolated });
      await page.getByRole('button', { name: `Drawn ${exampleClasses[0]}` }).click();
      await answerOf(page, defaultName).getByRole('listitem').first().waitFor();
      expect(await answerOf(page, defaultName).getByRole('listitem').count()).toBe(5);
      expect((await classesOf(page, defaultName))[0]).toBe(exampleClasses[0]);
      await page.getByRole('button', { name: 'All 24 classes' }).click();
      const probabilities = await probabilitiesOf(page, defaultName);
      expect(probabilities).toHaveLength(24);
      expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
      const backend = await page.getByRole('status').filter({ hasText: 'WebAssembly' }).textContent();
      expect(backend?.includes('does not isolate it')).toBe(!isolated);
      expect(complaints).toEqual([]);
      await close();
    }
  });

  it('takes images that are chosen, dropped and pasted, and forgets them', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, complaints, close } = await openDemo(browser, demo);
    const [picture] = pictures;
    if (picture === undefined) throw new Error('no picture');
    await picker(page).setInputFiles([...pictures]);
    await expect.poll(() => imagesOf(page).count()).toBe(3);
    await bring(page, 'drop', picture.buffer);
    await expect.poll(() => imagesOf(page).count()).toBe(4);
    // On the zone: once, not once more by the page.
    await bring(page, 'drop', picture.buffer, '.image-input');
    await expect.poll(() => imagesOf(page).count()).toBe(5);
    await bring(page, 'paste', picture.buffer);
    await expect.poll(() => imagesOf(page).count()).toBe(6);
    expect(await imagesOf(page).allInnerTexts()).toEqual(
      ['wheel.png', 'horizon.png', 'drill holes.png', 'drop.png', 'drop.png', 'paste.png'].map(
        (name) => `${name}\n×`,
      ),
    );

    await page.getByRole('button', { name: 'Remove paste.png' }).click();
    await page.getByRole('figure').getByText('drop.png').waitFor();
    await page.getByRole('button', { name: 'Remove all 5' }).click();
    await page.getByText('Give an image').waitFor();
    expect(await imagesOf(page).count()).toBe(0);

    // Where each class has a zone of its own, one beside them is for none.
    await page.getByRole('link', { name: 'Learn' }).click();
    await bring(page, 'drop', picture.buffer);
    await page.getByRole('link', { name: 'Predict' }).click();
    await page.getByText('Give an image').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('abstains under the threshold', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, close } = await openDemo(browser, demo);
    await page.getByRole('button', { name: `Drawn ${exampleClasses[0]}` }).click();
    await answerOf(page, defaultName).getByRole('listitem').first().waitFor();
    const verdict = answerOf(page, defaultName).getByRole('status');
    const [top] = await classesOf(page, defaultName);
    await page.getByLabel('Say “not sure” below').fill('100');
    expect(await verdict.textContent()).toMatch(
      new RegExp(`^Not sure${top} is the most probable, but \\d+\\.\\d % is under the threshold of 100 %`),
    );
    await page.getByLabel('Say “not sure” below').fill('0');
    expect(await verdict.textContent()).toMatch(new RegExp(`^${top} \\d+\\.\\d %$`));
    await close();
  });

  it('says that an image looks like none of the classes, in its answer and in the CSV', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, complaints, close } = await openDemo(browser, demo);
    const greys = await Promise.all(
      [10, 250].map(async (level) => {
        const background = { r: level, g: level, b: level };
        const grey = sharp({ create: { width: 20, height: 30, channels: 3, background } });
        return { name: `${level}.png`, mimeType: 'image/png', buffer: await grey.png().toBuffer() };
      }),
    );
    const model = { name: 'bright.onnx', mimeType: 'application/octet-stream' };
    await picker(page).setInputFiles(greys);
    await page
      .getByLabel('Add a model file')
      .setInputFiles({ ...model, buffer: Buffer.from(brightnessModel()) });
    await page.getByText('2 answers.').waitFor();
    const verdict = answerOf(page, 'bright').getByRole('status');
    expect(await verdict.textContent()).toContain('This looks like none of the 3 classes.');
    await page.getByRole('row', { name: '250.png' }).getByRole('button').click();
    await page.getByRole('figure').getByText('250.png').waitFor();
    expect(await verdict.textContent()).toContain('horizon');
    expect(await verdict.textContent()).not.toContain('none of the');

    const downloaded = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const text = await readFile(await (await downloaded).path(), 'utf8');
    const table = z.array(z.record(z.string(), z.string())).parse(read(text, { type: 'csv', parse: {} }));
    expect(table.map((row) => [row['image'], row['out of distribution']])).toEqual([
      ['10.png', 'true'],
      ['250.png', 'false'],
    ]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('compares two models on one image, in one order of classes or in two', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, complaints, close } = await openDemo(browser, demo);
    await page.getByRole('button', { name: `Drawn ${exampleClasses[0]}` }).click();
    await page.getByLabel('Compare with').selectOption('baseline');
    await answerOf(page, 'baseline').getByRole('listitem').first().waitFor();
    await page.getByRole('button', { name: 'All 24 classes' }).first().click();
    const shared = await classesOf(page, defaultName);
    expect(shared).toHaveLength(24);
    expect(await classesOf(page, 'baseline')).toEqual(shared);
    const [a, b] = [await probabilitiesOf(page, defaultName), await probabilitiesOf(page, 'baseline')];
    const highest = a.map((probability, i) => Math.max(probability, b[i] ?? 0));
    expect(highest).toEqual([...highest].sort((a, b) => b - a));

    await page.getByLabel('Same order in both').uncheck();
    for (const model of [defaultName, 'baseline']) {
      const own = await probabilitiesOf(page, model);
      expect(own).toEqual([...own].sort((a, b) => b - a));
    }
    const [[first], [second]] = [await classesOf(page, defaultName), await classesOf(page, 'baseline')];
    expect(await page.getByText(/^(Both find|They differ)/).textContent()).toBe(
      first === second
        ? `Both find ${first} most probable.`
        : `They differ: ${defaultName} finds ${first} most probable, baseline finds ${second}.`,
    );
    // By hand: 64 x 64 x 3 inputs to 512, 256 and 24 units, as the README counts them.
    expect(await answerOf(page, 'baseline').textContent()).toContain('no convolutions');
    expect(await answerOf(page, 'baseline').textContent()).toContain(
      `${(64 * 64 * 3 * 512 + 512 + 512 * 256 + 256 + 256 * 24 + 24).toLocaleString('en')} parameters`,
    );
    expect(complaints).toEqual([]);
    await close();
  });

  it('gives a batch as CSV, with the numbers that onnxruntime-node computes', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, close } = await openDemo(browser, demo);
    await picker(page).setInputFiles([...pictures]);
    await page.getByLabel('Compare with').selectOption('baseline');
    await page.getByText('6 answers.').waitFor();
    expect(await page.getByRole('row').count()).toBe(2 + 3);
    const downloaded = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const download = await downloaded;
    expect(download.suggestedFilename()).toBe('predictions.csv');
    const text = await readFile(await download.path(), 'utf8');
    const table = z.array(z.record(z.string(), z.string())).parse(read(text, { type: 'csv', parse: {} }));
    expect(table).toHaveLength(6);
    for (const model of [defaultName, 'baseline']) {
      const classifier = await loadClassifier(await fileOf(demo, model), { device: 'cpu' });
      for (const { name, buffer } of pictures) {
        const [answer] = await classifier.predict([await decodeImage(buffer)]);
        const expected = answer?.probabilities ?? [];
        const row = table.find((row) => row['image'] === name && row['model'] === model);
        expect(row).toBeDefined();
        for (const [i, label] of classifier.description.classes.entries()) {
          expect(Math.abs(Number(row?.[label]) - (expected[i] ?? 0))).toBeLessThan(1e-3);
        }
        const { energyThreshold } = classifier.description;
        expect(row?.['out of distribution']).toBe(
          energyThreshold === undefined ? '' : String((answer?.energy ?? Number.NaN) > energyThreshold),
        );
        expect(row?.['abstained']).toBe(String(Math.max(...expected) < 0.9));
        expect(Number(row?.['milliseconds'])).toBeGreaterThan(0);
      }
      await classifier.release();
    }
    await close();
  });

  it('can be used by keyboard alone, from its start to a class and its heat map', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, close } = await openDemo(browser, demo);
    const focused = () =>
      page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
      );
    const tabTo = async (wanted: RegExp) => {
      for (let i = 0; i < 40; i++) {
        if (wanted.test((await focused()) ?? '')) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`nothing named ${wanted} takes the focus`);
    };
    await tabTo(new RegExp(`^Drawn ${exampleClasses[0]}$`));
    await page.keyboard.press('Enter');
    await answerOf(page, defaultName).getByRole('listitem').first().waitFor();
    const [, second = ''] = await classesOf(page, defaultName);
    await tabTo(new RegExp(`^${second}\\d`));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Understand', exact: true }).waitFor();
    await close();
  });

  it('never scrolls sideways on a phone', async ({ skip }) => {
    if (browser === undefined) return skip();
    const viewport = { width: 390, height: 844 };
    const { page, close } = await openDemo(browser, demo, { viewport });
    const [picture] = pictures;
    if (picture === undefined) throw new Error('no picture');
    const name = `${'a very long name '.repeat(5)}${'x'.repeat(80)}.png`;
    await picker(page).setInputFiles([picture, { ...picture, name }]);
    await picker(page).setInputFiles([
      { ...picture, name: `${'y'.repeat(90)}.txt`, buffer: Buffer.from('no image') },
    ]);
    await page.getByLabel('Compare with').selectOption('baseline');
    await page.getByText('4 answers.').waitFor();
    await page
      .getByRole('alert')
      .getByText('no image')
      .or(page.getByRole('alert').getByText('found'))
      .waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await close();
  });
});
