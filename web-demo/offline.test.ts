/** The built page without a network, and what becomes of it when a newer one comes. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { browserForTest } from '../export/testing/browser.ts';
import { defaultName } from './build/models.ts';
import { answerOf, askAboutDrawing } from './testing/asking.ts';
import { type BuiltDemo, buildDemo, type OpenDemo, type OpenOptions, openDemo } from './testing/builtDemo.ts';
import { modelsOf } from './testing/builtModels.ts';

// A page over plain HTTP, from a name that is not this machine's own, gets no service worker.
const browser = await browserForTest(['--host-resolver-rules=MAP areograph.test 127.0.0.1']);
const manifestSchema = z.object({
  start_url: z.string(),
  scope: z.string(),
  icons: z.array(z.object({ src: z.string(), sizes: z.string() })).min(2),
});

let demo: BuiltDemo;
beforeAll(async () => {
  demo = await buildDemo();
});
afterAll(async () => {
  await browser?.close();
  await demo.remove();
});

function open(options: OpenOptions = {}, built = demo): Promise<OpenDemo> {
  if (browser === undefined) throw new Error('no browser');
  return openDemo(browser, built, options);
}

/** When all that is to be kept is. */
async function isKept(page: Page): Promise<void> {
  await page.getByTestId('offline').getByText('Ready for use without a network.', { exact: true }).waitFor();
}

describe.skipIf(browser === undefined)('without a network', () => {
  it.each([
    { path: '/', isolated: true },
    { path: '/some/where/', isolated: false },
  ])('the page works at $path after its first visit, isolated: $isolated', async ({ path, isolated }) => {
    const { page, complaints, unplug, close } = await open({ path, isolated });
    try {
      await isKept(page);
      await unplug();
      await page.reload();
      await askAboutDrawing(page);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
      await page.getByLabel('Compare with').selectOption('cnn7x7');
      await answerOf(page, 'cnn7x7').first().waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });

  it('of the runtime only what this browser uses is kept, and no other pages of the host', async () => {
    const { page, url, close } = await open();
    try {
      await isKept(page);
      const urls = await page.evaluate(async () => {
        const all = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
        const requests = await Promise.all(all.map((cache) => cache.keys()));
        return requests.flat().map((request) => request.url);
      });
      expect(urls.filter((each) => /\.wasm$/.test(each)).length).toBe(1);
      expect(urls.filter((each) => /\.onnx$/.test(each)).length).toBe((await modelsOf(demo)).length);

      for (const other of ['docs', 'models', 'classify', 'v2', 'openapi.json', 'healthz']) {
        const answer = await page.goto(`${url}${other}`);
        expect(answer?.status(), other).toBe(404);
        expect(answer?.fromServiceWorker(), other).toBe(false);
      }
      const own = await page.goto(`${url}?anything=1#learn`);
      expect(own?.fromServiceWorker()).toBe(true);
    } finally {
      await close();
    }
  });

  it('nothing is said where nothing can be kept', async () => {
    const { page, complaints, close } = await open({ hostname: 'areograph.test' });
    try {
      expect(await page.evaluate(() => 'serviceWorker' in navigator)).toBe(false);
      await askAboutDrawing(page);
      expect(await page.getByTestId('offline').textContent()).toBe('');
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});

describe.skipIf(browser === undefined)('as an app', () => {
  it('the page can be installed, with icons of the sizes that it names', async () => {
    const { page, url, close } = await open({ path: '/some/where/' });
    try {
      await isKept(page);
      const devtools = await page.context().newCDPSession(page);
      const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
      // Contexts of tests keep nothing, as private windows.
      expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito']);

      const found = await devtools.send('Page.getAppManifest');
      expect(found.errors).toEqual([]);
      const manifest = manifestSchema.parse(JSON.parse(found.data ?? ''));
      expect(new URL(manifest.start_url, found.url).href).toBe(url);
      expect(new URL(manifest.scope, found.url).href).toBe(url);
      for (const { src, sizes } of manifest.icons) {
        const icon = await page.request.get(new URL(src, found.url).href);
        const { width, height } = await sharp(await icon.body()).metadata();
        expect(`${width}x${height}`, src).toBe(sizes);
      }
    } finally {
      await close();
    }
  });
});

describe.skipIf(browser === undefined)('a new version', () => {
  it('waits until the user wants it, and takes no window by surprise', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'areograph-versions-'));
    await cp(demo.folder, folder, { recursive: true });
    const { page, url, complaints, close } = await open({}, { ...demo, folder });
    try {
      await isKept(page);
      await publishAnother(folder);
      await page.reload();
      await askAboutDrawing(page);
      const other = await page.context().newPage();
      await other.goto(url);
      await askAboutDrawing(other);
      for (const each of [page, other]) {
        await each.getByRole('button', { name: 'Start it now' }).waitFor();
        expect(await versionOf(each)).toBe('');
        expect(await answerOf(each, defaultName).count()).toBeGreaterThan(0);
      }

      await page.getByRole('button', { name: 'Start it now' }).click();
      await page.waitForFunction(() => document.documentElement.classList.contains('another'));
      await askAboutDrawing(page);
      expect(await page.getByRole('button', { name: 'Start it now' }).count()).toBe(0);

      expect(await versionOf(other)).toBe('');
      expect(await answerOf(other, defaultName).count()).toBeGreaterThan(0);
      await other.getByRole('button', { name: 'Start it now' }).click();
      await other.waitForFunction(() => document.documentElement.classList.contains('another'));
      expect(complaints).toEqual([]);
    } finally {
      await close();
      await rm(folder, { recursive: true });
    }
  });
});

/** What tells two versions from each other. */
function versionOf(page: Page): Promise<string> {
  return page.evaluate(() => document.documentElement.className);
}

/** As a build would with another page. */
async function publishAnother(folder: string): Promise<void> {
  await rewrite(join(folder, 'index.html'), /<html lang="en"/, '<html lang="en" class="another"');
  await rewrite(join(folder, 'sw.js'), /(?<="index\.html",revision:")\w+/, 'another');
}

async function rewrite(file: string, found: RegExp, replacement: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(found);
  await writeFile(file, text.replace(found, replacement));
}
