/** The built page at `/` of the project's own server, with its headers, beside its API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserForTest } from '../export/testing/browser.ts';
import { createApp } from '../serve/app.ts';
import { type Listening, listen } from '../serve/listen.ts';
import { fakeModel, fakeModels } from '../serve/testing/fakeModels.ts';
import { askAboutDrawing } from './testing/asking.ts';
import { type BuiltDemo, buildDemo } from './testing/builtDemo.ts';

const browser = await browserForTest();
let demo: BuiltDemo;
let server: Listening;

beforeAll(async () => {
  demo = await buildDemo();
  server = await listen(createApp({ models: fakeModels(fakeModel()), demo: demo.folder }), 0, '127.0.0.1');
});
afterAll(async () => {
  await Promise.all([server.close(0), browser?.close()]);
  await demo.remove();
});

describe.skipIf(browser === undefined)('the page at the server', () => {
  it('is isolated, breaks no rule of its policy, and leaves the API to the server', async () => {
    if (browser === undefined) throw new Error('no browser');
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await askAboutDrawing(page);
    await page.getByRole('link', { name: 'Understand' }).click();
    await page.getByRole('button', { name: 'Draw the curve' }).click();
    await page.getByText('Download the curve as CSV').waitFor();
    await page.getByRole('link', { name: 'Learn' }).click();
    await page.getByRole('button', { name: 'Try it with drawings' }).click();
    await page.getByText('Ready for use without a network.', { exact: true }).waitFor();
    expect(complaints).toEqual([]);

    // The service worker is there now, and hands on what is not the page's.
    const answer = await page.evaluate(async () => {
      const response = await fetch('classify', { method: 'POST', body: new Uint8Array([0xff, 0xd8, 0xff]) });
      return { status: response.status, ready: (await fetch('readyz')).status };
    });
    expect(answer).toEqual({ status: 200, ready: 200 });
    await page.goto(`${server.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    await page.close();
  });
});
