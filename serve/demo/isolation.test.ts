/** In Chromium: what the demo does is allowed by the headers that it is served with, and what it does not is refused. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserForTest } from '../../export/testing/browser.ts';
import { tinyModel } from '../../runtime/tinyModel.ts';
import { createApp } from '../app.ts';
import { type Listening, listen } from '../listen.ts';
import { fakeModel, fakeModels } from '../testing/fakeModels.ts';

const threads = 2;
const side = 32;

/** Classifies the pixels that it is sent, and says on how many threads. */
const worker = `
import { env, InferenceSession, Tensor } from './ort.wasm.bundle.min.mjs';
const violations = [];
addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective));
onmessage = async ({ data }) => {
  env.wasm.numThreads = ${threads};
  env.wasm.wasmPaths = { wasm: new URL('./ort-wasm-simd-threaded.wasm', import.meta.url).href };
  const model = await (await fetch('../models/tiny.onnx')).arrayBuffer();
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  const image = new Tensor('uint8', data, [1, ${side}, ${side}, 3]);
  const { probabilities } = await session.run({ image });
  const isolated = crossOriginIsolated;
  postMessage({ probabilities: [...probabilities.data], threads: env.wasm.numThreads, isolated, violations });
};
`;

const html = `<!doctype html>
<title>demo</title>
<link rel="icon" href="data:," />
<link rel="manifest" href="manifest.webmanifest" />
<script type="module" src="assets/page.js"></script>
`;

const script = `
globalThis.violations = [];
addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective));
globalThis.classify = (pixels) => new Promise((resolve, reject) => {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage(Uint8Array.from(pixels));
});
`;

let folder = '';
let browser: Browser | undefined;
let server: Listening | undefined;
beforeAll(async () => {
  browser = await browserForTest();
  folder = await mkdtemp(join(tmpdir(), 'areograph-'));
  for (const each of ['assets', 'models']) await mkdir(join(folder, each));
  const files = {
    'index.html': html,
    'inline.html': `${html}<script>globalThis.inline = true;</script>`,
    'sw.js': "addEventListener('fetch', () => {});",
    'manifest.webmanifest': '{"name":"demo"}',
    'assets/page.js': script,
    'assets/worker.js': worker,
    'models/tiny.onnx': tinyModel(),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
  for (const name of ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm']) {
    await copyFile(join(dirname(runtime), name), join(folder, 'assets', name));
  }
  server = await listen(createApp({ models: fakeModels(fakeModel()), demo: folder }), 0, '127.0.0.1');
});
afterAll(async () => {
  await browser?.close();
  await server?.close(0);
  await rm(folder, { recursive: true });
});

/** Opens a page; `complaints` is all that it wrote to the console. */
async function open(path: string): Promise<{ page: Page; complaints: string[] } | undefined> {
  if (browser === undefined || server === undefined) return undefined;
  const opened = await browser.newPage();
  const complaints: string[] = [];
  opened.on('console', (message) => complaints.push(message.text()));
  opened.on('pageerror', ({ message }) => complaints.push(message));
  await opened.goto(`${server.url}${path}`, { waitUntil: 'load' });
  return { page: opened, complaints };
}

describe('the demo in Chromium', () => {
  it('runs WebAssembly on several threads of a worker, with the numbers of Node', async ({ skip }) => {
    const opened = await open('/');
    if (opened === undefined) return skip();
    const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 37) % 256);
    const session = await InferenceSession.create(tinyModel());
    const { probabilities } = await session.run({ image: new Tensor('uint8', pixels, [1, side, side, 3]) });
    const expected = Array.from(probabilities?.data ?? [], Number);

    expect(await opened.page.evaluate('crossOriginIsolated')).toBe(true);
    const found = await opened.page.evaluate(`classify([${pixels}])`);
    expect(found).toEqual({
      probabilities: expected.map((each) => expect.closeTo(each, 5)),
      threads,
      isolated: true,
      violations: [],
    });
    expect(expected).toHaveLength(3);
    expect(opened.complaints).toEqual([]);
  });

  it('shows and reads images that its user gives it, sets styles, and has a service worker', async ({
    skip,
  }) => {
    const opened = await open('/');
    if (opened === undefined) return skip();
    const { page } = opened;
    const shown = await page.evaluate<number>(`(async () => {
      const canvas = new OffscreenCanvas(3, 2);
      canvas.getContext('2d').fillRect(0, 0, 3, 2);
      const blob = await canvas.convertToBlob();
      const image = new Image();
      image.src = URL.createObjectURL(blob);
      await image.decode();
      await (await fetch(image.src)).blob();
      document.body.style.width = '123px';
      return image.naturalWidth + document.body.offsetWidth;
    })()`);
    expect(shown).toBe(3 + 123);
    const scope = `navigator.serviceWorker.register('sw.js').then(({ scope }) => new URL(scope).pathname)`;
    expect(await page.evaluate(scope)).toBe('/');
    expect(await page.evaluate('violations')).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });

  it.for([
    // Later: at once, a debugger's own call may.
    ["setTimeout(() => (0, eval)('1'))", 'script-src'],
    ["new Worker(URL.createObjectURL(new Blob(['']))).terminate()", 'worker-src'],
    ["fetch('http://127.0.0.1:1/')", 'connect-src'],
    ["document.body.setAttribute('style', 'color: red')", 'style-src-attr'],
    ["document.body.append(Object.assign(document.createElement('iframe'), { src: '/docs' }))", 'frame-src'],
  ])('does nothing else: %s', async ([expression, directive], { skip }) => {
    const opened = await open('/');
    if (opened === undefined) return skip();
    await opened.page.evaluate(`Promise.resolve().then(() => ${expression}).then(() => {}, () => {})`);
    await expect.poll(() => opened.page.evaluate('violations')).toEqual([directive]);
  });

  it('runs no script that is written into a page', async ({ skip }) => {
    const opened = await open('/inline.html');
    if (opened === undefined) return skip();
    expect(await opened.page.evaluate('globalThis.inline')).toBeUndefined();
    expect(opened.complaints.join()).toMatch(/Content Security Policy/);
  });
});
