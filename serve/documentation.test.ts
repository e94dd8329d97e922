import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { browserForTest } from '../export/testing/browser.ts';
import { createApp } from './app.ts';
import { listen } from './listen.ts';
import { fakeModel, fakeModels } from './testing/fakeModels.ts';

const app = createApp({ models: fakeModels(fakeModel()) });
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) })),
  ),
});

async function describedRoutes() {
  const text = await (await app.request('/openapi.json')).text();
  return { text, ...documentSchema.parse(JSON.parse(text)) };
}

describe('GET /openapi.json', () => {
  it('has every route that answers, and no other', async () => {
    const { paths } = await describedRoutes();
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const answered = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !/^\/(docs.*|openapi\.json)?$/.test(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual([...new Set(answered)].sort());
  });

  it('refers to nothing that it does not have', async () => {
    const { text } = await describedRoutes();
    const { components } = z
      .object({ components: z.object({ schemas: z.record(z.string(), z.unknown()) }) })
      .parse(JSON.parse(text));
    const referred = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(referred).toContain('Problem');
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(referred));
    expect(text.match(/"\$ref"/g)).toHaveLength(referred.length);
  });
});

it('GET /openapi.json says what an energy above the threshold means, wherever images are classified', async () => {
  const { text, paths } = await describedRoutes();
  const { components } = z
    .object({ components: z.object({ schemas: z.record(z.string(), z.unknown()) }) })
    .parse(JSON.parse(text));
  const described = JSON.stringify(components.schemas['OutOfDistribution']);
  for (const word of ['energy', 'threshold', 'detected', 'none of the classes'])
    expect(described).toContain(word);
  expect(JSON.stringify(components.schemas['Answer'])).toContain('#/components/schemas/OutOfDistribution');
  for (const path of ['/classify', '/invocations']) {
    expect(JSON.stringify(paths[path]?.['post']?.responses['200']), path).toContain(
      '#/components/schemas/Results',
    );
  }
  expect(JSON.stringify(paths['/v2/models/{name}/infer']?.['post']?.responses['200'])).toContain('"energy"');
  expect(JSON.stringify(paths['/models'])).toContain('#/components/schemas/Models');
  expect(JSON.stringify(components.schemas['Model'])).toContain('energyThreshold');
});

describe('the page at /docs', () => {
  it('is where / leads, and serves no other file of the package it is made with', async () => {
    const root = await app.request('/');
    expect([root.status, root.headers.get('location')]).toEqual([302, 'docs']);
    const page = await app.request('/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const path of ['/docs/index.html', '/docs/package.json', '/docs/..%2fpackage.json']) {
      expect((await app.request(path)).status, path).toBe(404);
    }
  });

  it('shows the routes on narrow and wide screens, lets them be tried, and asks no other server', async ({
    skip,
  }) => {
    const browser = await browserForTest();
    if (browser === undefined) return skip();
    const { url, close } = await listen(app, 0, '127.0.0.1');
    try {
      for (const [width, colorScheme] of [
        [390, 'light'],
        [1200, 'dark'],
      ] as const) {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
        const complaints: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('request', (request) => {
          if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
            complaints.push(request.url());
        });
        await page.goto(url);
        await page.locator('.opblock-summary', { hasText: 'POST' }).first().click();
        await page.getByRole('button', { name: 'Try it out' }).click();
        await page.locator('input[type=file]').setInputFiles({
          name: 'a.jpg',
          mimeType: 'image/jpeg',
          buffer: Buffer.from([0xff, 0xd8, 0xff, 0]),
        });
        await page.getByRole('button', { name: 'Execute' }).click();
        await page.locator('.live-responses-table', { hasText: '"wheel"' }).waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        const dark = await page.evaluate("document.documentElement.classList.contains('dark-mode')");
        expect(dark).toBe(colorScheme === 'dark');
        expect(complaints).toEqual([]);
        await page.close();
      }
    } finally {
      await browser.close();
      await close(0);
    }
  });
});
