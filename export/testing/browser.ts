import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { neededForTest } from './needed.ts';

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * For tests: the system's browser, headless, or undefined after a loud word that the test is skipped.
 *
 * @param args flags of Chromium, beside the usual ones
 */
export async function browserForTest(args: readonly string[] = []): Promise<Browser | undefined> {
  const executablePath = neededForTest(
    browsers.find((path) => existsSync(path)),
    'no Chromium (Debian: apt-get install chromium)',
  );
  if (executablePath === undefined) return undefined;
  const usual = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return chromium.launch({ executablePath, args: [...usual, ...args] });
}
