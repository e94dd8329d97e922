/** What the built page shows of a network from inside, held against the same model file in Node. */
import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { fromArchitecture } from '../dsl/architecture.ts';
import { summarize } from '../dsl/summary.ts';
import { readModelMetadata } from '../export/modelFile.ts';
import { browserForTest } from '../export/testing/browser.ts';
import { loadClassifier } from '../runtime/classifier.ts';
import { defaultModel } from '../runtime/defaultModel.ts';
import { DRAWINGS } from '../train/data/drawings.ts';
import { drawPicture } from '../train/data/synthetic.ts';
import { defaultName } from './build/models.ts';
import { type BuiltDemo, buildDemo, type OpenDemo, openDemo } from './testing/builtDemo.ts';

let demo: BuiltDemo;
let browser: Browser | undefined;
beforeAll(async () => {
  demo = await buildDemo();
  browser = await browserForTest();
});
afterAll(async () => {
  await browser?.close();
  await demo.remove();
});

/** A drawing whose pixels are the same in every decoder. */
async function png(name: keyof typeof DRAWINGS): Promise<Buffer> {
  return sharp(Buffer.from(await drawPicture(DRAWINGS[name], 1)))
    .png()
    .toBuffer();
}

/** The view with images in it, the last of them shown. */
async function opened(
  { skip }: Pick<TestContext, 'skip'>,
  images: readonly (keyof typeof DRAWINGS)[],
  options: Parameters<typeof openDemo>[2] = {},
): Promise<OpenDemo> {
  if (browser === undefined) return skip();
  const open = await openDemo(browser, demo, { address: '#understand', ...options });
  for (const name of images) await give(open.page, name);
  return open;
}

async function give(page: Page, name: keyof typeof DRAWINGS): Promise<void> {
  await page
    .locator('input[type=file][accept^="image/*"]')
    .setInputFiles({ name: `${name}.png`, mimeType: 'image/png', buffer: await png(name) });
  await page
    .getByRole('img', { name: `${name}.png`, exact: true })
    .first()
    .waitFor();
}

async function downloaded(page: Page, button: string): Promise<string[][]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  const rows = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  return rows.map((row) => row.split(','));
}

async function chooseClass(page: Page, name: string): Promise<void> {
  const all = page.getByRole('button', { name: /^All \d+ classes$/ });
  if (await all.isVisible()) await all.click();
  await page.getByRole('button', { name: new RegExp(`^${name} [\\d.]+ %`) }).click();
  await page.locator('[aria-labelledby=gaze-title] [aria-busy=false]').waitFor();
}

/** Sets a range as a finger would: it tells of it. */
const slide = (page: Page, name: string, value: number) =>
  page.getByRole('slider', { name, exact: true }).fill(`${value}`);

/** Class, now, before of each row. */
async function changes(page: Page, model: string): Promise<string[][]> {
  const rows = page.getByTestId(`change-${model}`).locator('tbody tr');
  await rows.first().waitFor();
  const texts = await rows.evaluateAll((found) =>
    found.map((row) => Array.from(row.children, (cell) => cell.textContent ?? '')),
  );
  return texts;
}

describe('a heat map', () => {
  it('of any class is the one that Node gives', async (context) => {
    const { page, complaints, close } = await opened(context, ['wheel']);
    await page.getByTestId(`heat-map-${defaultName}`).waitFor();
    const classifier = await loadClassifier(defaultModel, { device: 'cpu', threads: 1 });
    const { data, info } = await sharp(await png('wheel'))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = { width: info.width, height: info.height, data };
    for (const name of ['wheel', 'observation tray']) {
      await chooseClass(page, name);
      const [header, ...rows] = await downloaded(page, 'Download as CSV');
      expect(header).toEqual(['model', 'class', 'row', 'column', 'value']);
      const { classes } = classifier.description;
      const map = await classifier.explain(image, classes.indexOf(name));
      expect(Math.max(...map.values)).toBe(1);
      expect(rows.map((row) => row.slice(0, 4))).toEqual(
        map.values.map((_, i) => [
          defaultName,
          name,
          `${Math.floor(i / map.width) + 1}`,
          `${(i % map.width) + 1}`,
        ]),
      );
      const largest = map.values.map((value, i) => Math.abs(value - Number(rows[i]?.[4])));
      expect(Math.max(...largest)).toBeLessThan(1e-3);
    }
    await classifier.release();
    expect(complaints).toEqual([]);
    await close();
  });

  it('is not to be had of a dense network, and that is said', async (context) => {
    const { page, close } = await opened(context, ['wheel']);
    await page.getByRole('button', { name: 'Compare with the dense baseline' }).click();
    await page.getByTestId('heat-map-baseline').getByText('It has no convolutions').waitFor();
    const rows = await downloaded(page, 'Download as CSV');
    expect(new Set(rows.slice(1).map(([model]) => model))).toEqual(new Set([defaultName]));
    await close();
  });
});

it('any network says what it cannot do without', async (context) => {
  const { page, complaints, close } = await opened(context, ['wheel']);
  await page.getByRole('button', { name: 'Compare with the dense baseline' }).click();
  await page.getByTestId('heat-map-baseline').waitFor();
  await page.getByRole('button', { name: 'Cover each place in turn' }).click();
  const figures = page.getByTestId('occlusions').getByRole('figure');
  await figures.first().waitFor();
  expect(await figures.allTextContents()).toEqual([
    expect.stringMatching(new RegExp(`^${defaultName}, .*\\d %`)),
    expect.stringMatching(/^baseline, .*\d %/),
  ]);
  expect(await figures.locator('.overlay').count()).toBe(2);
  expect(complaints).toEqual([]);
  await close();
});

describe('sliders', () => {
  it('change nothing at rest, and something elsewhere', async (context) => {
    const { page, close } = await opened(context, ['wheel']);
    const atRest = await changes(page, defaultName);
    expect(atRest.map(([, now]) => now)).toEqual(atRest.map(([, , before]) => before));
    expect(atRest).toHaveLength(6);
    await slide(page, 'Blur', 5);
    await expect.poll(() => changes(page, defaultName)).not.toEqual(atRest);
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => changes(page, defaultName)).toEqual(atRest);
    await close();
  });

  it('show a smaller copy of a large photograph, and move one that is smaller still', async (context) => {
    const { page, complaints, close } = await opened(context, []);
    const large = await sharp(await png('wheel'))
      .resize(1600, 1200)
      .png()
      .toBuffer();
    await page
      .locator('input[type=file][accept^="image/*"]')
      .setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer: large });
    const image = page.getByRole('img', { name: 'large.png, transformed' });
    await image.waitFor();
    const size = () =>
      image.evaluate((canvas) => (canvas instanceof HTMLCanvasElement ? [canvas.width, canvas.height] : []));
    await expect.poll(size).toEqual([1024, 768]);
    const before = await changes(page, defaultName);
    await slide(page, 'Rotate', 90);
    await expect.poll(size).toEqual([320, 240]);
    await expect.poll(() => changes(page, defaultName)).not.toEqual(before);
    expect(complaints).toEqual([]);
    await close();
  });

  it('cover every image alike', async (context) => {
    const { page, close } = await opened(context, ['wheel']);
    const firstNow = async () => {
      const rows = await changes(page, defaultName);
      return rows
        .map(([name, now]) => `${name}: ${now}`)
        .sort(
          (a, b) => Number.parseFloat(b.split(': ')[1] ?? '') - Number.parseFloat(a.split(': ')[1] ?? ''),
        )[0];
    };
    const free = await firstNow();
    await slide(page, 'Cover: size', 100);
    await expect.poll(firstNow).not.toBe(free);
    const covered = await firstNow();
    await give(page, 'horizon');
    await expect.poll(firstNow).toBe(covered);
    await close();
  });

  it('have a square that a pointer drags over the image', async (context) => {
    const { page, close } = await opened(context, ['wheel']);
    await page.locator('[aria-labelledby=gaze-title] [aria-busy=false]').waitFor();
    const image = page.getByRole('img', { name: 'wheel.png, transformed' });
    await image.scrollIntoViewIfNeeded();
    const box = await image.boundingBox();
    if (box === null) throw new Error('the image is not to be seen');
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + (3 * box.width) / 4, box.y + box.height / 4, { steps: 20 });
    await page.mouse.up();
    await page.mouse.move(box.x, box.y);
    const value = (name: string) => page.getByRole('slider', { name, exact: true }).inputValue();
    expect([await value('Cover: size'), await value('Cover: across'), await value('Cover: down')]).toEqual([
      '25',
      '75',
      '25',
    ]);
    await close();
  });
});

it('a curve shows a class over all of a slider, for both models', async (context) => {
  const { page, complaints, close } = await opened(context, ['wheel']);
  await page.getByRole('button', { name: 'Compare with the dense baseline' }).click();
  await page.getByTestId('heat-map-baseline').waitFor();
  await page.getByRole('combobox', { name: 'Slider' }).selectOption('Blur');
  await page.getByRole('button', { name: 'Draw the curve' }).click();
  await page
    .getByRole('img', { name: new RegExp(`^The probability of .* ${defaultName}, baseline$`) })
    .waitFor();
  const [, ...rows] = await downloaded(page, 'Download the curve as CSV');
  expect(rows).toHaveLength(2 * 21);
  // Where nothing is blurred it is what the page says of the image itself.
  const [[asked = '', now] = []] = await changes(page, defaultName);
  const first = rows.find(([model, , value]) => model === defaultName && value === '0');
  expect([first?.[1], `${(100 * Number(first?.[3])).toFixed(1)} %`]).toEqual([asked, now]);
  expect(complaints).toEqual([]);
  await close();
});

describe('a model from inside', () => {
  it('has the layers of its declaration, in a table', async (context) => {
    const { page, close } = await opened(context, []);
    const rows = page.getByTestId(`layers-${defaultName}`).locator('tbody tr');
    await rows.first().waitFor();
    const found = await rows.evaluateAll((all) =>
      all.map((row) => Array.from(row.children, (cell) => cell.textContent)),
    );
    const { layers, parameters } = summarize(
      fromArchitecture(readModelMetadata(readFileSync(defaultModel), 'x').architecture),
    );
    const numbers = found.map(([name, kind, shape, count, , field]) => [name, kind, shape, count, field]);
    expect(numbers).toEqual(
      layers.map((layer) => [
        layer.name,
        layer.kind,
        layer.shape,
        layer.parameters.toLocaleString('en'),
        layer.receptiveField === null ? 'all' : `${layer.receptiveField}x${layer.receptiveField}`,
      ]),
    );
    const foot = page.getByTestId(`layers-${defaultName}`).locator('tfoot td').first();
    expect(await foot.textContent()).toBe(parameters.toLocaleString('en'));
    await close();
  });

  it('shows a picture of each channel of any layer, and of each filter', async (context) => {
    const { page, complaints, close } = await opened(context, ['wheel']);
    const features = page.getByTestId(`features-${defaultName}`);
    for (const [layer, channels, side] of [
      ['conv2', 28, 56],
      // What a residual block gives, and its shortcut; the same block of the other member.
      ['add4', 224, 7],
      ['conv12', 224, 7],
      ['add8', 224, 7],
      ['input', 3, 112],
    ] as const) {
      await features.getByRole('combobox').selectOption({ value: layer });
      await features.getByText(`${channels} channels of ${side}×${side}`).waitFor();
      expect(await features.locator('canvas').count()).toBe(channels);
    }
    await features.getByRole('combobox').selectOption({ value: 'softmax1' });
    await features.getByRole('img', { name: '24 numbers as cells' }).waitFor();
    const filters = page.getByTestId(`filters-${defaultName}`);
    await filters.getByText('28 filters of 3×3').waitFor();
    expect(await filters.locator('canvas').count()).toBe(28);
    expect(complaints).toEqual([]);
    await close();
  });
});

it.for([
  { viewport: { width: 1200, height: 900 }, colorScheme: 'light' },
  { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
] as const)('is open to everyone, $viewport.width px wide and $colorScheme', async (options, { skip }) => {
  if (browser === undefined) return skip();
  const { page, close } = await openDemo(browser, demo, { address: '#understand', ...options });
  await give(page, 'wheel');
  await page.getByTestId(`change-${defaultName}`).waitFor();
  await page.getByTestId(`features-${defaultName}`).locator('canvas').first().waitFor();
  const [content, width, window] = await page
    .locator('.understand')
    .evaluate((view) => [view.scrollWidth, view.clientWidth, innerWidth]);
  expect([content, width]).toEqual([width, Math.min(1100, window ?? 0) - 32]);
  const { violations } = await new AxeBuilder({ page }).include('.understand').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  await close();
});
