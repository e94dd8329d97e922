/** For tests: what a user does with the page. */
import type { Locator, Page } from 'playwright-core';
import { defaultName } from '../build/models.ts';
import { type ExampleClass, exampleClasses } from '../catalogue.ts';

/** What a model answers about the image that is shown: a list of classes, the likeliest first. */
export function answerOf(page: Page, model: string): Locator {
  return page.getByTestId(`answer-${model}`).getByRole('listitem');
}

/** Adds the drawing of a class, by default the page's first, and waits for the default model's answer. */
export async function askAboutDrawing(page: Page, name: ExampleClass = exampleClasses[0]): Promise<void> {
  await page.getByRole('button', { name: `Drawn ${name}` }).click();
  await answerOf(page, defaultName).first().waitFor();
}

/** The probability of each class, as the page shows it: to a tenth of a percent. */
export async function scoresOf(page: Page, model: string): Promise<ReadonlyMap<string, number>> {
  const all = page.getByTestId(`answer-${model}`).getByRole('button', { name: /^All \d+ classes$/ });
  if ((await all.count()) > 0) await all.click();
  const rows = await answerOf(page, model).evaluateAll((items) =>
    items.map((item) => [...item.querySelectorAll('span')].map(({ textContent }) => textContent ?? '')),
  );
  return new Map(rows.map(([name = '', percent = '']) => [name, Number.parseFloat(percent) / 100]));
}
