/** What the built page says when something is wrong, and that it goes on. */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserForTest } from '../export/testing/browser.ts';
import { defaultName } from './build/models.ts';
import { exampleClasses } from './catalogue.ts';
import { askAboutDrawing } from './testing/asking.ts';
import { type BuiltDemo, buildDemo, openDemo } from './testing/builtDemo.ts';
import { fileOf } from './testing/builtModels.ts';

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

const alert = (page: Page) => page.locator('.complaints');

async function stillAnswers(page: Page): Promise<void> {
  await askAboutDrawing(page, exampleClasses[1]);
}

/** The built file whose name starts so. */
async function built(start: string): Promise<string> {
  const assets = join(demo.folder, 'assets');
  const name = (await readdir(assets)).find((name) => name.startsWith(start) && name.endsWith('.js'));
  if (name === undefined) throw new Error(`the build has no ${start}*.js`);
  return join(assets, name);
}

async function plain(width: number, height: number, format: 'png' | 'jpeg' | 'tiff'): Promise<Buffer> {
  const create = { width, height, channels: 3 as const, background: '#c08060' };
  return sharp({ create, limitInputPixels: false }).toFormat(format).toBuffer();
}

describe('of a file that is given, the page says', () => {
  it('what is wrong with it, and takes the next', async ({ skip }) => {
    if (browser === undefined) return skip();
    const photo = await sharp(await plain(64, 64, 'png'))
      .jpeg()
      .toBuffer();
    const noise = await sharp(
      Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 2654435761) >>> 24)),
      {
        raw: { width: 64, height: 64, channels: 3 },
      },
    )
      .png()
      .toBuffer();
    const cases: readonly (readonly [name: string, content: Buffer, said: RegExp])[] = [
      [
        'notes.txt',
        Buffer.from('Dear diary'),
        /notes\.txt: expected a JPEG.* found bytes that start as none.*Convert it/,
      ],
      ['logo.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /logo\.svg: expected a JPEG/],
      ['paper.pdf', Buffer.from('%PDF-1.7\n'), /paper\.pdf: expected a JPEG/],
      ['empty.png', Buffer.alloc(0), /empty\.png: .* found no bytes at all/],
      [
        'damaged.png',
        noise.subarray(0, noise.length / 2),
        /damaged\.png: .* found one that is damaged, or far too large.*viewer/,
      ],
      ['damaged.jpg', photo.subarray(0, 40), /damaged\.jpg: .* found one that is damaged/],
      [
        'scan.tif',
        await plain(8, 8, 'tiff'),
        /scan\.tif: expected an image that this browser shows, found a TIFF.*JPEG or PNG/,
      ],
      [
        'phone.heic',
        Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
        /phone\.heic: .* found an AVIF or HEIF/,
      ],
      [
        'wide.png',
        await plain(6000, 5000, 'png'),
        /wide\.png: expected at most 25000000 pixels.* found 6000 x 5000.*smaller/,
      ],
      ['long.png', await plain(33000, 2, 'png'), /long\.png: .*32768 on a side.* found 33000 x 2/],
    ];
    const { page, complaints, close } = await openDemo(browser, demo);
    await page
      .getByLabel('Choose images')
      .setInputFiles(cases.map(([name, buffer]) => ({ name, mimeType: 'application/octet-stream', buffer })));
    await expect
      .poll(() => alert(page).getByRole('paragraph').count(), { timeout: 20_000 })
      .toBe(cases.length);
    const said = await alert(page).getByRole('paragraph').allTextContents();
    for (const [i, [, , expected]] of cases.entries()) expect(said[i]).toMatch(expected);
    for (const _ of cases) await alert(page).getByRole('button', { name: 'Dismiss' }).first().click();
    expect(await alert(page).textContent()).toBe('');
    await stillAnswers(page);
    expect(complaints).toEqual([]);
    await close();
  });

  it('that it is too large, without decoding it', async ({ skip }) => {
    if (browser === undefined) return skip();
    // A few bytes that say they hold 100 megapixels.
    const buffer = await sharp(await plain(1, 1, 'png'))
      .gif()
      .toBuffer();
    buffer.writeUInt16LE(10_000, 6);
    buffer.writeUInt16LE(10_000, 8);
    const { page, close } = await openDemo(browser, demo);
    await page.getByLabel('Choose images').setInputFiles({ name: 'bomb.gif', mimeType: 'image/gif', buffer });
    await alert(page)
      .getByText(/bomb\.gif: expected at most 25000000 pixels.* found 10000 x 10000/)
      .waitFor();
    expect(page.workers().filter((worker) => worker.url().includes('decodeWorker'))).toEqual([]);
    await close();
  });

  it('why it is no model, and takes one that is', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, close } = await openDemo(browser, demo);
    const input = page.getByLabel('Add a model file');
    const own = await readFile(await fileOf(demo, 'cnn5x5'));
    const give = (name: string, buffer: Buffer) =>
      input.setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
    await give('notes.onnx', Buffer.from('Dear diary'));
    await alert(page)
      .getByText(/^notes: expected an ONNX model, found 10 bytes that are none/)
      .waitFor();
    await give('half.onnx', own.subarray(0, own.length / 2));
    await alert(page)
      .getByText(/^half: expected an ONNX model, found/)
      .waitFor();
    expect(await page.getByRole('combobox', { name: 'Model' }).inputValue()).toBe(defaultName);
    await stillAnswers(page);
    // Of a name that is taken.
    await give('cnn5x5.onnx', own);
    await page.getByTestId('answer-cnn5x5 (2)').getByRole('listitem').first().waitFor();
    expect(await page.getByRole('combobox', { name: 'Model' }).inputValue()).toBe('cnn5x5 (2)');
    await close();
  });
});

describe('when something does not load, the page says so', () => {
  it('of a model, and can try again', async ({ skip }) => {
    if (browser === undefined) return skip();
    const file = await fileOf(demo, 'baseline');
    await rename(file, `${file}.away`);
    const { page, close } = await openDemo(browser, demo);
    try {
      await stillAnswers(page);
      await page.getByLabel('Compare with').selectOption('baseline');
      await alert(page)
        .getByText(/^assets\/baseline-\S+\.onnx: expected a file beside this page, found 404/)
        .waitFor();
      await page.getByTestId('answer-baseline').getByText('This model did not load.').waitFor();
      await stillAnswers(page);
      await page.getByText('2 answers.').waitFor();
    } finally {
      await rename(`${file}.away`, file);
    }
    await page.getByTestId('answer-baseline').getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('answer-baseline').getByRole('listitem').first().waitFor();
    await close();
  });

  it('of the worker, and can start it again', async ({ skip }) => {
    if (browser === undefined) return skip();
    const file = await built('inferenceWorker-');
    await rename(file, `${file}.away`);
    const { page, close } = await openDemo(browser, demo);
    try {
      await alert(page)
        .getByText(/^what runs the models: expected an answer, found that it does not start/)
        .waitFor();
      await page.getByText('Nothing runs').waitFor();
    } finally {
      await rename(`${file}.away`, file);
    }
    await alert(page).getByRole('button', { name: 'Start again' }).click();
    await stillAnswers(page);
    expect(await alert(page).textContent()).toBe('');
    await close();
  });

  it('of what decodes images, and starts it with the next image', async ({ skip }) => {
    if (browser === undefined) return skip();
    const file = await built('decodeWorker-');
    await rename(file, `${file}.away`);
    const { page, close } = await openDemo(browser, demo);
    try {
      await page.getByRole('button', { name: `Drawn ${exampleClasses[0]}` }).click();
      await alert(page)
        .getByText(/^what decodes images: expected an answer/)
        .waitFor();
    } finally {
      await rename(`${file}.away`, file);
    }
    await stillAnswers(page);
    await close();
  });
});

describe('of a browser, the page says', () => {
  it('that it offers no GPU, where one was asked for, and goes on without', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, close } = await openDemo(browser, demo);
    await page.getByLabel('Runs on').selectOption('webgpu');
    await alert(page)
      .getByText(/expected a GPU that it offers by WebGPU, found none\. Choose WebAssembly/)
      .waitFor();
    await page.getByLabel('Runs on').selectOption('wasm');
    await stillAnswers(page);
    expect(await alert(page).textContent()).toBe('');
    await close();
  });

  it('nothing of a GPU that nobody asked for and that does not start, and takes WebAssembly', async ({
    skip,
  }) => {
    if (browser === undefined) return skip();
    const file = await built('inferenceWorker-');
    const script = await readFile(file, 'utf8');
    // An adapter as browsers of 2023 had it, without `info`, whose device is lost.
    await writeFile(
      file,
      `${script}
      const requestDevice = async () => { throw new Error('the device is lost'); };
      const adapter = { features: new Set(), limits: {}, requestDevice };
      Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => adapter } });`,
    );
    const { page, close } = await openDemo(browser, demo);
    await page.getByText(/^WebAssembly, /).waitFor();
    await stillAnswers(page);
    expect(await alert(page).textContent()).toBe('');
    await writeFile(file, script);
    await close();
  });

  it('that it cannot run WebAssembly with SIMD', async ({ skip }) => {
    if (browser === undefined) return skip();
    const file = await built('inferenceWorker-');
    const script = await readFile(file, 'utf8');
    // As a browser of 2020: no module that uses SIMD is valid.
    await writeFile(file, `${script}\nWebAssembly.validate = () => false;`);
    const { page, close } = await openDemo(browser, demo);
    await alert(page)
      .getByText(/WebAssembly with SIMD.*found none\. Update the browser/)
      .waitFor();
    expect(await alert(page).getByRole('paragraph').count()).toBe(1);
    await writeFile(file, script);
    await close();
  });
});
