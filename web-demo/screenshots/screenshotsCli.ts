/** `npm run screenshots`: pictures of every view as it is built, to look at, and those of the README. */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { runCli } from '../../dsl/cli.ts';
import { openBrowser } from '../bench/browser.ts';
import { exampleClasses } from '../catalogue.ts';
import type { ViewName } from '../route.ts';
import { askAboutDrawing } from '../testing/asking.ts';
import { buildDemo, openDemo } from '../testing/builtDemo.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** What is done in each view before it is shown: enough to see all of it. */
const prepare: { readonly [V in ViewName]: (page: Page) => Promise<void> } = {
  async predict(page) {
    await askAboutDrawing(page, exampleClasses[1]);
    await askAboutDrawing(page);
    await page.getByLabel('Compare with').selectOption('baseline');
    await page.getByText('4 answers.').waitFor();
  },
  async understand(page) {
    await prepare.predict(page);
    await page.getByRole('link', { name: 'Understand' }).click();
    await page.getByRole('button', { name: 'Draw the curve' }).click();
    await page.getByText('Download the curve as CSV').waitFor();
    await page.getByRole('button', { name: 'Cover each place in turn' }).click();
    await page.getByText('it falls most').nth(1).waitFor();
  },
  async learn(page) {
    await page.getByRole('link', { name: 'Learn' }).click();
    await page.getByRole('button', { name: 'Try it with drawings' }).click();
    await page.getByRole('button', { name: 'Train on 30 images' }).click();
    await page.getByText('Use it in Predict').waitFor({ timeout: 60_000 });
  },
};

const sizes = { desktop: { width: 1200, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** The README's: the part that a picture of this many pixels shows, from the top. */
const shown: readonly { readonly name: string; readonly height: number }[] = [
  { name: 'predict-desktop-light', height: 1160 },
  { name: 'understand-desktop-light', height: 1245 },
];

await runCli(async () => {
  const { out } = new Command('npm run screenshots --')
    .description(
      'Writes pictures of each view, on desktop and phone, light and dark, and the two of the README.',
    )
    .option('--out <folder>', 'where those to look at go', 'reports/demo')
    .parse()
    .opts();
  await mkdir(out, { recursive: true });
  const browser = await openBrowser();
  const demo = await buildDemo();
  try {
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const [view, ready] of Object.entries(prepare)) {
          const { page, close } = await openDemo(browser, demo, { viewport, colorScheme, isolated: true });
          await ready(page);
          const name = `${view}-${size}-${colorScheme}`;
          const picture = await page.screenshot({ fullPage: true, animations: 'disabled' });
          await sharp(picture).toFile(join(out, `${name}.png`));
          const part = shown.find((each) => each.name === name);
          if (part !== undefined) await writePart(picture, part.height, join(here, `${view}.png`));
          await close();
        }
      }
    }
  } finally {
    await browser.close();
    await demo.remove();
  }
  console.log(`wrote ${out} and the README's, in ${relative('', here)}`);
});

/** Of few colours, which a page has, and a repository likes. */
async function writePart(picture: Buffer, height: number, file: string): Promise<void> {
  await sharp(picture)
    .extract({ left: 0, top: 0, width: sizes.desktop.width, height })
    .png({ palette: true, colours: 128, effort: 10 })
    .toFile(file);
}
