import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import type { AppOptions } from '../appOptions.ts';
import { send } from '../hostile/client.ts';
import { listen } from '../listen.ts';
import { fakeModel, fakeModels } from '../testing/fakeModels.ts';
import { problemIn } from '../testing.ts';

const wasm = Buffer.alloc(200_000, 'wasm');
const files: Readonly<Record<string, string | Buffer>> = {
  'index.html': '<!doctype html>',
  'sw.js': 'worker',
  'manifest.webmanifest': '{}',
  'assets/index-1a2b3c4d.js': 'script',
  'assets/index-1a2b3c4d.css': 'style',
  'assets/threads-_-2b3c4d.mjs': 'module',
  'assets/run-3c4d5e6f.wasm': wasm,
  'assets/run-3c4d5e6f.wasm.br': brotliCompressSync(wasm),
  'models/small.onnx': Buffer.from([8, 8]),
  'icons/192.png': Buffer.from([137]),
  'examples/crater.svg': '<svg/>',
};

let folder = '';
/** What is built, in a folder beside a file that is nobody's business. */
let built = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'areograph-'));
  built = join(folder, 'dist');
  for (const [name, content] of Object.entries(files)) await write(join(built, name), content);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(file: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

function appOf(options: Partial<AppOptions> = {}) {
  return createApp({ models: fakeModels(fakeModel()), demo: built, ...options });
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

const changing = 'no-cache';
const hashed = 'public, max-age=31536000, immutable';

describe('the files of the demo', () => {
  it.each([
    ['/', 'index.html', 'text/html; charset=utf-8', changing],
    ['/index.html', 'index.html', 'text/html; charset=utf-8', changing],
    ['/sw.js', 'sw.js', 'text/javascript; charset=utf-8', changing],
    ['/manifest.webmanifest', 'manifest.webmanifest', 'application/manifest+json', changing],
    ['/assets/index-1a2b3c4d.js', 'assets/index-1a2b3c4d.js', 'text/javascript; charset=utf-8', hashed],
    ['/assets/index-1a2b3c4d.css', 'assets/index-1a2b3c4d.css', 'text/css; charset=utf-8', hashed],
    ['/assets/threads-_-2b3c4d.mjs', 'assets/threads-_-2b3c4d.mjs', 'text/javascript; charset=utf-8', hashed],
    ['/assets/run-3c4d5e6f.wasm', 'assets/run-3c4d5e6f.wasm', 'application/wasm', hashed],
    ['/models/small.onnx', 'models/small.onnx', 'application/octet-stream', changing],
    ['/icons/192.png', 'icons/192.png', 'image/png', changing],
    ['/examples/crater.svg', 'examples/crater.svg', 'image/svg+xml; charset=utf-8', changing],
  ])(
    'are at their paths, typed, and kept as long as they hold: %s',
    async (path, name, type, cacheControl) => {
      const app = appOf();
      const response = await app.request(path);
      expect(response.status).toBe(200);
      expect(Buffer.from(files[name] ?? '').equals(await bytesOf(response))).toBe(true);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('cache-control')).toBe(cacheControl);

      const head = await app.request(path, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
      expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(files[name] ?? '')));
      expect(head.headers.get('etag')).toBe(response.headers.get('etag'));
    },
  );

  it.each(['/', '/assets/run-3c4d5e6f.wasm', '/models/small.onnx'])(
    'are not sent again to who has them: %s',
    async (path) => {
      const app = appOf();
      const tag = (await app.request(path)).headers.get('etag') ?? '';
      const again = await app.request(path, { headers: { 'if-none-match': tag } });
      expect([again.status, await again.text()]).toEqual([304, '']);
      expect(again.headers.get('etag')).toBe(tag);
      expect(again.headers.get('cache-control')).toBeTruthy();
      expect(again.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect((await app.request(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    },
  );

  it('have another tag once they have another content, though of the same length', async () => {
    const tagOf = async () => (await appOf().request('/sw.js')).headers.get('etag');
    const before = await tagOf();
    await write(join(built, 'sw.js'), 'WORKER');
    expect(await tagOf()).not.toBe(before);
    await write(join(built, 'sw.js'), 'worker');
    expect(await tagOf()).toBe(before);
  });

  it('come compressed as the build left them, to who takes that', async () => {
    const app = appOf();
    const ask = (encodings: string) =>
      app.request('/assets/run-3c4d5e6f.wasm', { headers: { 'accept-encoding': encodings } });
    const small = await ask('gzip, deflate, br, zstd');
    expect(small.headers.get('content-encoding')).toBe('br');
    expect(small.headers.get('content-type')).toBe('application/wasm');
    expect(wasm.equals(brotliDecompressSync(await bytesOf(small)))).toBe(true);
    const plain = await ask('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(wasm.equals(await bytesOf(plain))).toBe(true);
    for (const { headers } of [small, plain]) expect(headers.get('vary')).toBe('Accept-Encoding');
    // Not a file of its own.
    expect((await app.request('/assets/run-3c4d5e6f.wasm.br')).status).toBe(404);
  });

  it('are answered over a socket too, and nothing else in or beside their folder', async () => {
    const secret = join(folder, 'secret.txt');
    await write(secret, 'secret');
    await write(join(built, '.env'), 'secret');
    await write(join(built, '.git', 'config'), 'secret');
    await write(join(built, 'assets', '.hidden.js'), 'secret');
    await write(join(built, '*'), 'secret');
    await write(join(built, ':name'), 'secret');
    await symlink(secret, join(built, 'link.txt'));
    await symlink(folder, join(built, 'linked'));
    const { url, close } = await listen(appOf(), 0, '127.0.0.1');
    try {
      const found = await send(url, { method: 'GET', path: '/assets/run-3c4d5e6f.wasm' });
      expect([found.status, found.headers['content-type']]).toEqual([200, 'application/wasm']);
      expect(wasm.equals(found.body)).toBe(true);
      for (const path of [
        ...['/.env', '/.git/config', '/assets/.hidden.js', '/%2eenv', '/link.txt', '/linked/secret.txt'],
        ...['/../secret.txt', '/assets/../../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt'],
        ...['/assets/..%5c..%5csecret.txt', '/sw.js%00', '/sw.js/', '/assets', '/assets/', '//sw.js', '/*'],
        ...['/:name', '/anything', `/assets/${'../'.repeat(20)}etc/passwd`],
      ]) {
        const { status, headers } = await send(url, { method: 'GET', path });
        expect([status, headers['content-type']], path).toEqual([404, 'application/problem+json']);
        expect(headers['cache-control'], path).toBeUndefined();
      }
    } finally {
      await close(0);
    }
  });

  it('are not found, and not kept so, once they have gone', async () => {
    await write(join(built, 'assets', 'gone-1a2b3c4d.js'), 'gone');
    const app = appOf();
    await rm(join(built, 'assets', 'gone-1a2b3c4d.js'));
    const response = await app.request('/assets/gone-1a2b3c4d.js');
    expect(response.headers.get('cache-control')).toBeNull();
    expect(await problemIn(response)).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('beside the demo', () => {
  it('the interface is what it was: its routes, what is refused, and its document', async () => {
    const app = appOf();
    expect(await problemIn(await app.request('/no-such-path'))).toMatchObject({ code: 'not-found' });
    const refused = await app.request('/sw.js', { method: 'POST' });
    expect(refused.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(await problemIn(refused)).toMatchObject({ status: 405 });
    expect((await app.request('/classify')).status).toBe(405);
    expect((await app.request('/models')).headers.get('content-type')).toMatch(/json/);
    const document = async (each: typeof app) => (await each.request('/openapi.json')).json();
    expect(await document(app)).toEqual(await document(createApp({ models: fakeModels(fakeModel()) })));
  });

  it('a file at the path of a route is neither served nor open', async () => {
    const inTheWay = join(folder, 'in-the-way');
    for (const name of ['index.html', 'metrics', 'classify', 'v2/models/fake']) {
      await write(join(inTheWay, name), 'a file');
    }
    const options = { demo: inTheWay, apiKeys: ['key'] };
    for (const [path, status] of [
      ['/metrics', 200],
      ['/classify', 405],
      ['/v2/models/fake', 200],
    ] as const) {
      expect((await appOf(options).request(path)).status, path).toBe(401);
      const response = await appOf(options).request(path, { headers: { 'x-api-key': 'key' } });
      expect(response.status, path).toBe(status);
      expect(await response.text()).not.toBe('a file');
    }
  });

  it('its files need no key and are not counted; all else does and is', async () => {
    const app = appOf({ apiKeys: ['key'], rateLimit: { requests: 1, seconds: 60 } });
    for (const path of ['/', '/', '/assets/index-1a2b3c4d.js', '/models/small.onnx']) {
      const { status, headers } = await app.request(path);
      expect([status, headers.get('ratelimit')], path).toEqual([200, null]);
    }
    for (const path of ['/models', '/models/other.onnx', '/assets']) {
      expect((await app.request(path)).status, path).toBe(401);
    }
  });

  it('metrics count all files as one route', async () => {
    const app = appOf();
    await app.request('/');
    await app.request('/sw.js');
    await app.request('/models/small.onnx');
    const metrics = await (await app.request('/metrics')).text();
    const counted = metrics.split('\n').filter((line) => line.startsWith('areograph_http_requests_total'));
    expect(counted).toEqual(['areograph_http_requests_total{route="demo",method="GET",status="200"} 3']);
  });
});

describe('a folder without a page', () => {
  it.each([
    ['missing', 'no such file'],
    ['dist/assets', 'none'],
    ['dist/sw.js', 'ENOTDIR'],
  ])('is refused at the start: %s', (name, found) => {
    const demo = join(folder, name);
    expect(() => appOf({ demo })).toThrow(
      expect.objectContaining({ code: 'option', problem: expect.objectContaining({ where: demo, found }) }),
    );
  });
});

describe('the headers of the demo', () => {
  it('isolate it, and let it do no more than it needs; all else keeps the strict policy', async () => {
    const app = appOf();
    for (const path of ['/', '/sw.js', '/assets/index-1a2b3c4d.js', '/models/small.onnx']) {
      const { headers } = await app.request(path);
      expect(Object.fromEntries(headers), path).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none';.* frame-ancestors 'none'/);
      expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
      expect(policy).not.toMatch(/'unsafe-|\*|https?:/);
    }
    for (const path of ['/docs', '/models', '/no-such-path']) {
      const { headers } = await app.request(path);
      expect(headers.get('content-security-policy'), path).not.toMatch(/wasm|blob/);
      expect(headers.has('cross-origin-embedder-policy'), path).toBe(false);
    }
  });
});
