/** For tests: the page as it is built, in a browser. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { type StaticServerOptions, serveFolder } from './staticServer.ts';

export interface BuiltDemo {
  readonly folder: string;
  remove(): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * `npm run build:demo` into a temporary folder, without compressed files; takes seconds.
 *
 * @param pages beside the page itself, relative to web-demo
 */
export async function buildDemo(pages: readonly string[] = []): Promise<BuiltDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'areograph-demo-'));
  // Vitest's own would make it another build than the one that users get.
  const { NODE_ENV } = process.env;
  process.env['NODE_ENV'] = 'production';
  try {
    await build({
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'error',
      mode: 'test',
      build: {
        outDir: folder,
        rolldownOptions: { input: ['index.html', ...pages].map((page) => join(root, page)) },
      },
    });
  } finally {
    if (NODE_ENV === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = NODE_ENV;
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

export interface OpenDemo {
  readonly page: Page;
  readonly url: string;
  /** What the page wrote to the console, errors that nobody caught, and requests to any other server. */
  readonly complaints: readonly string[];
  /** Takes the host off the network. */
  unplug(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions extends StaticServerOptions {
  /** Such as `?x=1#learn`. Default none. */
  readonly address?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
  /** Another name of this machine, which the browser is to know by its flags. Default 127.0.0.1. */
  readonly hostname?: string;
}

/** Opens the page from a static host, in a context of its own: nothing is kept from before. */
export async function openDemo(
  browser: Browser,
  { folder }: BuiltDemo,
  {
    address = '',
    viewport = { width: 1200, height: 900 },
    colorScheme = 'light',
    hostname = '127.0.0.1',
    ...host
  }: OpenOptions = {},
): Promise<OpenDemo> {
  const server = await serveFolder(folder, host);
  const url = server.url.replace('127.0.0.1', hostname);
  const context = await browser.newContext({ viewport, colorScheme, acceptDownloads: true });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(url)) {
      complaints.push(`a request to ${request.url()}`);
    }
  });
  await page.goto(`${url}${address}`);
  return {
    page,
    url,
    complaints,
    unplug: server.close,
    async close() {
      await context.close();
      await server.close();
    },
  };
}
