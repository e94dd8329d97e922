/** For tests: what a user does with the page. */
import type { Locator, Page } from 'playwright-core';

/** What a model answers about the image that is shown: a list of classes, the likeliest first. */
export function answerOf(page: Page, model: string): Locator {
  return page.getByTestId(`answer-${model}`).getByRole('listitem');
}

/** Adds the drawing of a class and waits for the answer. */
export async function askAboutDrawing(page: Page, name: string, model = 'cnn3x3'): Promise<void> {
  await page.getByRole('button', { name: `Drawn ${name}` }).click();
  await answerOf(page, model).first().waitFor();
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
