import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { AppEnv } from '../env.ts';
import { requestError } from '../problem.ts';
import { deadline } from './deadline.ts';
import { limitBody } from './limitBody.ts';

function appOf(milliseconds: number, answer: (body: Uint8Array) => Promise<string>): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError((error, c) => c.text(requestError(error).code, 500));
  app.use(deadline(milliseconds), limitBody(1000));
  app.post('/', async (c) => c.text(await answer(await c.get('readBody')())));
  return app;
}

async function post(app: Hono<AppEnv>, body: string | ReadableStream<Uint8Array>, declared?: number) {
  const headers: Record<string, string> = declared === undefined ? {} : { 'Content-Length': `${declared}` };
  return (await app.request('/', { method: 'POST', body, headers, duplex: 'half' })).text();
}

/** Sends what it has, and then nothing more. */
function stalling(length: number): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(length)) });
}

it('gives a body in a buffer of its own, up to the limit', async () => {
  const app = appOf(1000, async ({ buffer, length }) => `${length} of ${buffer.byteLength}`);
  expect(await post(app, 'x'.repeat(1000), 1000)).toBe('1000 of 1000');
  expect(await post(app, new Blob(['x'.repeat(400), 'y'.repeat(600)]).stream())).toBe('1000 of 1000');
  expect(await post(app, new Blob(['x'.repeat(1001)]).stream())).toBe('body-too-large');
  // By its declared length, without waiting for a byte of it.
  expect(await post(app, stalling(0), 1001)).toBe('body-too-large');
  expect(await (await app.request('/', { method: 'POST' })).text()).toBe('0 of 0');
});

it('holds as many bytes as 32 of the largest, and takes others again when those are answered', async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const app = appOf(10_000, () => answered.then(() => 'taken'));
  const taken = Array.from({ length: 32 }, () => post(app, 'x'.repeat(1000)));
  await new Promise(setImmediate);
  expect(await post(app, 'x')).toBe('overloaded');
  answer();
  expect(new Set(await Promise.all(taken))).toEqual(new Set(['taken']));
  expect(await post(app, 'x')).toBe('taken');
});

it('counts what has arrived, not what is declared', async () => {
  const app = appOf(100, async () => 'taken');
  const stalled = Array.from({ length: 100 }, () => post(app, stalling(1), 1000));
  await new Promise(setImmediate);
  expect(await post(app, 'x'.repeat(1000), 1000)).toBe('taken');
  expect(new Set(await Promise.all(stalled))).toEqual(new Set(['timeout']));
});

it('forgets bodies that never end once their requests are answered', async () => {
  const app = appOf(50, async () => 'taken');
  const endless = Array.from({ length: 32 }, () => post(app, stalling(1000)));
  await new Promise(setImmediate);
  expect(await post(app, 'x')).toBe('overloaded');
  expect(new Set(await Promise.all(endless))).toEqual(new Set(['timeout']));
  expect(await post(app, 'x')).toBe('taken');
});
