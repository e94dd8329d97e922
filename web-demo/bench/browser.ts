import type { Browser } from 'playwright-core';
import { browserForTest } from '../../export/testing/browser.ts';

/** The system's browser, as tests have it. @throws Error if there is none */
export async function openBrowser(args: readonly string[] = []): Promise<Browser> {
  const browser = await browserForTest(args);
  if (browser === undefined) throw new Error('nothing can be measured without a browser');
  return browser;
}
