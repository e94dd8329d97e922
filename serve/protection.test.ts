import { describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import type { AppOptions } from './appOptions.ts';
import type { Job, Prediction } from './job.ts';
import { fakeModel, fakeModels, prediction } from './testing/fakeModels.ts';
import { problemIn } from './testing.ts';
import { errorSchema } from './v2/schemas.ts';

const image = 'an image';

function appOf(
  options: Partial<AppOptions>,
  classify: (job: Job, signal: AbortSignal) => Promise<Prediction> = async () => prediction([1, 0, 0]),
) {
  return createApp({ models: fakeModels(fakeModel('fake', '1', classify)), ...options });
}

/** A body that tells how many bytes of it were asked for. */
function countedBody(total: number) {
  const state = { read: 0 };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        state.read += 1024;
        controller.enqueue(new Uint8Array(1024).fill(65));
        if (state.read >= total) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const request = (headers: Record<string, string> = {}) =>
    new Request('http://localhost/classify', { method: 'POST', headers, body: stream, duplex: 'half' });
  return { state, request };
}

describe('a limit on the body', () => {
  const app = appOf({ maxBodyBytes: 4096 });
  const send = (bytes: number) =>
    app.request('/classify', { method: 'POST', body: new Uint8Array(bytes).fill(65) });

  it('is exact', async () => {
    expect((await send(4096)).status).toBe(200);
    expect(await problemIn(await send(4097))).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it('holds without reading a body whose length is declared', async () => {
    const { state, request } = countedBody(8192);
    const problem = await problemIn(await app.request(request({ 'content-length': '8192' })));
    expect(problem).toMatchObject({ status: 413, code: 'body-too-large' });
    expect(problem.detail).toMatch(/at most 4096 bytes, found 8192/);
    expect(state.read).toBe(0);
  });

  it('ends the reading of a body of unknown length', async () => {
    for (const headers of [{}, { 'transfer-encoding': 'chunked', 'content-length': '1' }]) {
      const { state, request } = countedBody(1e6);
      expect(await problemIn(await app.request(request(headers)))).toMatchObject({ code: 'body-too-large' });
      expect(state.read).toBeLessThanOrEqual(6 * 1024);
    }
  });
});

describe('API keys', () => {
  const app = appOf({ apiKeys: ['first', 'second'] });
  const ask = (headers: Record<string, string>) =>
    app.request('/classify', { method: 'POST', body: image, headers });

  it.each([
    [{ authorization: 'Bearer first' }],
    [{ authorization: 'bearer  second' }],
    [{ 'x-api-key': 'second' }],
    [{ 'x-api-key': 'first', authorization: 'Basic abc' }],
  ])('let in who brings one: %o', async (headers) => {
    expect((await ask({ ...headers })).status).toBe(200);
  });

  it.each([
    [{}, /found none/],
    [{ 'x-api-key': '' }, /not known/],
    [{ 'x-api-key': 'firs' }, /not known/],
    [{ 'x-api-key': 'firstx' }, /not known/],
    [{ authorization: 'Bearer FIRST' }, /not known/],
    [{ authorization: 'first' }, /found none/],
    [{ authorization: 'Basic first' }, /found none/],
  ])('keep out who does not: %o', async (headers, detail) => {
    const response = await ask({ ...headers });
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    const problem = await problemIn(response);
    expect(problem).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(problem.detail).toMatch(detail);
    expect(problem.detail).not.toMatch(/firs/i);
  });

  it('are asked for before a body is read, and before a path is looked up', async () => {
    const { state, request } = countedBody(8192);
    expect((await app.request(request())).status).toBe(401);
    expect(state.read).toBe(0);
    for (const path of ['/models', '/metrics', '/no-such-path']) {
      expect((await app.request(path)).status, path).toBe(401);
    }
  });

  it('are not needed for health and documentation', async () => {
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/page.js']) {
      expect((await app.request(path)).status, path).toBe(200);
    }
  });

  it('are described', async () => {
    const described = await (await app.request('/openapi.json')).json();
    expect(described).toMatchObject({
      security: [{ key: [] }],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    });
    expect(await (await appOf({}).request('/openapi.json')).json()).not.toHaveProperty('security');
  });
});

describe('a rate limit', () => {
  /** As over a socket from this address. */
  const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });
  const rateLimit = { requests: 2, seconds: 60 };

  it('counts each address for itself, and says when to come again', async () => {
    const app = appOf({ rateLimit });
    const ask = (address: string) => app.request('/models', {}, from(address));
    const first = await ask('192.0.2.1');
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe('"default";q=2;w=60');
    expect(first.headers.get('ratelimit')).toBe('"default";r=1;t=60');
    expect((await ask('192.0.2.1')).headers.get('ratelimit')).toBe('"default";r=0;t=60');

    const third = await ask('192.0.2.1');
    expect(third.headers.get('retry-after')).toBe('60');
    expect(third.headers.get('ratelimit')).toBe('"default";r=0;t=60');
    expect(await problemIn(third)).toMatchObject({ status: 429, code: 'rate-limited' });
    expect((await ask('192.0.2.2')).status).toBe(200);
  });

  it('does not believe who claims another address', async () => {
    const app = appOf({ rateLimit });
    const statuses = [];
    for (const claimed of ['192.0.2.7', '192.0.2.8', '192.0.2.9']) {
      const headers = { 'x-forwarded-for': claimed, forwarded: `for=${claimed}` };
      statuses.push((await app.request('/models', { headers }, from('192.0.2.1'))).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('counts a key wherever it is used from, and one without a key not at all', async () => {
    const app = appOf({ rateLimit, apiKeys: ['a', 'b'] });
    const ask = async (key: string, address: string) =>
      (await app.request('/models', { headers: { 'x-api-key': key } }, from(address))).status;
    expect(await ask('a', '192.0.2.1')).toBe(200);
    for (const _ of [1, 2, 3]) expect(await ask('wrong', '192.0.2.1')).toBe(401);
    expect(await ask('a', '192.0.2.2')).toBe(200);
    expect(await ask('a', '192.0.2.3')).toBe(429);
    expect(await ask('b', '192.0.2.3')).toBe(200);
  });

  it('refuses before a body is read, and never those who ask about health', async () => {
    const app = appOf({ rateLimit: { requests: 1, seconds: 60 } });
    expect((await app.request('/models', {}, from('192.0.2.1'))).status).toBe(200);
    const { state, request } = countedBody(8192);
    expect((await app.fetch(request(), from('192.0.2.1'))).status).toBe(429);
    expect(state.read).toBe(0);
    expect((await app.request('/healthz', {}, from('192.0.2.1'))).status).toBe(200);
  });
});

describe('a time limit', () => {
  it('answers in time though a model never does, and tells the model', async () => {
    let aborted: unknown;
    const app = appOf({ timeout: 50 }, (_, signal) => {
      signal.addEventListener('abort', () => {
        aborted = signal.reason;
      });
      return new Promise(() => {});
    });
    const started = performance.now();
    const response = await app.request('/classify', { method: 'POST', body: image });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await problemIn(response)).toMatchObject({ status: 504, code: 'timeout' });
    expect(aborted).toMatchObject({ code: 'timeout' });
  });

  it('holds for a body that never ends', async () => {
    const body = new ReadableStream<Uint8Array>();
    const request = new Request('http://localhost/classify', { method: 'POST', body, duplex: 'half' });
    expect(await problemIn(await appOf({ timeout: 50 }).request(request))).toMatchObject({ code: 'timeout' });
  });

  it('tells the model of a client that has gone', async () => {
    const client = new AbortController();
    let reason: unknown;
    const app = appOf({}, (_, signal) => {
      client.abort();
      reason = signal.reason;
      return Promise.reject(signal.reason);
    });
    const request = new Request('http://localhost/classify', {
      method: 'POST',
      body: image,
      signal: client.signal,
    });
    expect(await problemIn(await app.request(request))).toMatchObject({ code: 'cancelled' });
    expect(reason).toMatchObject({ code: 'cancelled' });
  });

  it('calls it cancelled, not a defect, when a client goes while it sends', async () => {
    const client = new AbortController();
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          client.abort();
          controller.error(new Error('ECONNRESET'));
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: 'POST', body, duplex: 'half', signal: client.signal } as const;
    const response = await appOf({}).fetch(new Request('http://localhost/classify', init));
    expect(await problemIn(response)).toMatchObject({ status: 400, code: 'cancelled' });
  });

  it('leaves no timer and no listener behind', async () => {
    const client = new AbortController();
    let signal: AbortSignal | undefined;
    const app = appOf({ timeout: 20 }, async (_, given) => {
      signal = given;
      return prediction([1, 0, 0]);
    });
    await app.request('/classify', { method: 'POST', body: image, signal: client.signal });
    await new Promise((resolve) => setTimeout(resolve, 60));
    client.abort();
    expect(signal?.aborted).toBe(false);
  });
});

describe('pages of other origins', () => {
  const preflight = (app: ReturnType<typeof createApp>, origin: string) =>
    app.request('/classify', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key',
      },
    });

  it('are let in by name only, without a key for the question itself', async () => {
    const app = appOf({ corsOrigins: ['https://a.example'], apiKeys: ['k'] });
    const asked = await preflight(app, 'https://a.example');
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
    expect(asked.headers.get('access-control-allow-headers')).toBe('x-api-key');
    const other = await preflight(app, 'https://b.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();

    const refused = await app.request('/models', { headers: { origin: 'https://a.example' } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://a.example');
    expect(refused.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
  });

  it('are all let in by *, and none by default', async () => {
    const anyone = await preflight(appOf({ corsOrigins: ['*'] }), 'https://b.example');
    expect(anyone.headers.get('access-control-allow-origin')).toBe('*');
    const none = await preflight(appOf({}), 'https://b.example');
    expect(none.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the inference protocol', () => {
  it.each([
    ['a missing key', { apiKeys: ['k'] }, 401],
    ['a body that is too large', { maxBodyBytes: 1 }, 413],
    ['a model that takes too long', { timeout: 20 }, 504],
  ])('says in its own way what is refused before its routes answer: %s', async (_, options, status) => {
    const body = '{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["AQID"]}]}';
    const headers = { 'content-length': String(body.length) };
    const app = appOf(options, () => new Promise(() => {}));
    const response = await app.request('/v2/models/fake/infer', { method: 'POST', body, headers });
    expect(response.status).toBe(status);
    const { error, detail } = errorSchema.strict().parse(await response.json());
    expect(error).toBe(detail);
  });
});

describe('headers', () => {
  it('keep browsers from running, framing or guessing what is sent, errors included', async () => {
    for (const path of ['/docs', '/models', '/no-such-path']) {
      const { headers } = await appOf({}).request(path);
      expect(headers.get('content-security-policy'), path).toMatch(
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.has('x-powered-by'), path).toBe(false);
    }
  });

  it('name the request, by the id it came with if that is well-formed', async () => {
    const idOf = async (sent?: string) =>
      (
        await appOf({}).request('/healthz', sent === undefined ? {} : { headers: { 'x-request-id': sent } })
      ).headers.get('x-request-id');
    expect(await idOf('sol-3_a=b')).toBe('sol-3_a=b');
    const made = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
    expect(await idOf()).toMatch(made);
    expect(await idOf('{"level": 60}')).toMatch(made);
    expect(await idOf('a'.repeat(300))).toMatch(made);
  });
});
