/** The built page's camera, by the picture that Chromium makes up for tests. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserForTest } from '../export/testing/browser.ts';
import { defaultName } from './build/models.ts';
import { type BuiltDemo, buildDemo, openDemo } from './testing/builtDemo.ts';

let demo: BuiltDemo;
let browser: Browser | undefined;
beforeAll(async () => {
  browser = await browserForTest(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
  demo = await buildDemo();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await demo.remove();
});

describe('the camera', () => {
  it('gives pictures until it is closed', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, complaints, close } = await openDemo(browser, demo);
    await page.getByRole('button', { name: 'Use the camera' }).click();
    const take = page.getByRole('button', { name: 'Take a picture' });
    await expect.poll(() => take.isEnabled()).toBe(true);
    const video = await page.locator('video').elementHandle();
    await take.click();
    await take.click();
    await page.getByText('2 taken.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: /^Remove picture \d\.png$/ }).count()).toBe(2);
    await page.getByTestId(`answer-${defaultName}`).getByRole('listitem').first().waitFor();
    const size = await video?.evaluate((element) =>
      element instanceof HTMLVideoElement ? `${element.videoWidth} × ${element.videoHeight} pixels` : '',
    );
    expect(await page.getByRole('figure').textContent()).toContain(size);

    const tracks = await page.evaluateHandle(() => {
      const stream = document.querySelector('video')?.srcObject;
      return stream instanceof MediaStream ? stream.getTracks() : [];
    });
    await page.getByRole('button', { name: 'Close the camera' }).click();
    await expect
      .poll(() => tracks.evaluate((tracks) => tracks.map((track) => track.readyState)))
      .toEqual(['ended']);
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Use the camera');
    expect(complaints).toEqual([]);
    await close();
  });

  it.each([
    ['NotAllowedError', /found that this page may not use it. Allow it/],
    ['NotFoundError', /found none. Connect one/],
    ['NotReadableError', /found one that does not start. Close other programs/],
  ])('says what to do when it does not open: %s', async (name, said) => {
    if (browser === undefined) return;
    const { page, close } = await openDemo(browser, demo);
    await page.evaluate((name) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));
    }, name);
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByRole('alert').getByText(said).waitFor();
    await page.getByRole('button', { name: 'Close the camera' }).click();
    await close();
  });

  it('says that it needs a secure address', async ({ skip }) => {
    if (browser === undefined) return skip();
    const { page, close } = await openDemo(browser, demo);
    await page.evaluate(() => Object.defineProperty(globalThis, 'isSecureContext', { value: false }));
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page
      .getByRole('alert')
      .getByText(/not secure. Open this page by https/)
      .waitFor();
    await close();
  });
});
