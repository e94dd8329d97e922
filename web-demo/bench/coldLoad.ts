/** How long a browser that has never seen the page takes to its first answer. */
import type { Browser } from 'playwright-core';
import { defaultName } from '../build/models.ts';
import { exampleClasses } from '../catalogue.ts';
import type { BuiltDemo } from '../testing/builtDemo.ts';
import { type StaticServerOptions, serveFolder } from '../testing/staticServer.ts';

/** In milliseconds from the start of the navigation, as the page's own clock has them. */
export interface ColdLoad {
  /** When an image can be given. */
  readonly usable: number;
  /** When the answer about it stands in the page. */
  readonly answered: number;
}

/** Which image is given, and whose answer counts. */
const button = `Drawn ${exampleClasses[0]}`;
const answer = `[data-testid="answer-${defaultName}"] li`;

declare global {
  var seen: { usable?: number; answered?: number };
}

/**
 * Opens the page in a context of its own, from a host on this machine, and gives it a drawing as soon as it takes one: a
 * script in the page presses the button, as it takes no time to reach it.
 */
export async function coldLoad(
  browser: Browser,
  { folder }: BuiltDemo,
  host: StaticServerOptions = {},
): Promise<ColdLoad> {
  const server = await serveFolder(folder, host);
  const context = await browser.newContext();
  try {
    await context.addInitScript(
      ([button, answer]) => {
        globalThis.seen = {};
        new MutationObserver(() => {
          const found = [...document.querySelectorAll('button')].find(
            (each) => (each.ariaLabel ?? each.textContent) === button,
          );
          if (found !== undefined && seen.usable === undefined) {
            seen.usable = performance.now();
            found.click();
          }
          if (document.querySelector(answer) !== null) seen.answered ??= performance.now();
        }).observe(document, { childList: true, subtree: true });
      },
      [button, answer] as const,
    );
    const page = await context.newPage();
    await page.goto(server.url, { waitUntil: 'commit' });
    await page.waitForFunction(() => globalThis.seen?.answered !== undefined);
    const { usable = Number.NaN, answered = Number.NaN } = await page.evaluate(() => seen);
    return { usable, answered };
  } finally {
    await context.close();
    await server.close();
  }
}
