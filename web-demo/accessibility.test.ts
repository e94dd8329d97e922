/** axe (https://www.deque.com/axe/) finds nothing in any view. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserForTest } from '../export/testing/browser.ts';
import { askAboutDrawing } from './testing/asking.ts';
import { type BuiltDemo, buildDemo, type OpenOptions, openDemo } from './testing/builtDemo.ts';

const browser = await browserForTest();
let demo: BuiltDemo;
beforeAll(async () => {
  demo = await buildDemo();
});
afterAll(async () => {
  await browser?.close();
  await demo.remove();
});

const screens: readonly Required<Pick<OpenOptions, 'viewport' | 'colorScheme'>>[] = [390, 1200].flatMap(
  (width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ viewport: { width, height: 900 }, colorScheme })),
);

describe.skipIf(browser === undefined)('axe', () => {
  it.each(screens)('finds nothing at $viewport.width px, $colorScheme', async (screen) => {
    if (browser === undefined) throw new Error('no browser');
    const { page, close } = await openDemo(browser, demo, screen);
    const scan = async (state: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.map(
          ({ id, impact, nodes }) => `${impact}: ${id} at ${nodes.map(({ target }) => target).join(', ')}`,
        ),
        state,
      ).toEqual([]);
      // Whoever zooms in scrolls in one direction only (WCAG 2.2, 1.4.10).
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${state}: pixels wider than the screen`).toBeLessThanOrEqual(0);
    };
    const links = page.getByRole('navigation').getByRole('link');
    const visit = async (name: string) => {
      await page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 2, name, exact: true }).waitFor();
    };
    try {
      const names = await links.allTextContents();
      expect(names).toContain('Predict');
      for (const name of names) {
        await visit(name);
        await scan(`${name}, empty`);
      }
      await visit('Predict');
      await askAboutDrawing(page);
      for (const name of names) {
        await visit(name);
        // What is computed for the image has come by then, or is announced as being on its way.
        await page.waitForTimeout(1000);
        await scan(`${name}, with an image`);
      }
    } finally {
      await close();
    }
  });
});
