import { once } from 'node:events';
import { createConnection } from 'node:net';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { listen } from './listen.ts';

it('answers what is in flight before it closes, without waiting for connections that ask nothing', async () => {
  let arrived = () => {};
  let finish = () => {};
  const started = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const app = new Hono().get('/', async (c) => {
    arrived();
    await finished;
    return c.text('whole');
  });
  const { url, close } = await listen(app, 0, '127.0.0.1');
  const silent = createConnection(Number(new URL(url).port), '127.0.0.1');
  silent.on('error', () => {});
  await once(silent, 'connect');

  const answer = fetch(url);
  await started;
  let closed = false;
  const closing = close(10_000).then(() => {
    closed = true;
  });
  await expect(fetch(url)).rejects.toThrow();
  expect(closed).toBe(false);

  finish();
  expect(await (await answer).text()).toBe('whole');
  await closing;
});

it('cuts off what takes longer than the grace, and asks clients to close their connections before', async () => {
  let requests = 0;
  const app = new Hono().get('/', async (c): Promise<Response> => {
    requests += 1;
    return requests < 3 ? c.text('at once') : new Promise(() => {});
  });
  const { url, drain, close } = await listen(app, 0, '127.0.0.1');
  expect((await fetch(url)).headers.get('connection')).toBe('keep-alive');
  drain();
  expect((await fetch(url)).headers.get('connection')).toBe('close');
  const endless = fetch(url);
  await expect.poll(() => requests).toBe(3);
  const started = performance.now();
  await Promise.all([close(100), expect(endless).rejects.toThrow()]);
  expect(performance.now() - started).toBeGreaterThan(90);
});

it('says that a port is taken', async () => {
  const app = new Hono();
  const { url, close } = await listen(app, 0, '127.0.0.1');
  const port = Number(new URL(url).port);
  await expect(listen(app, port, '127.0.0.1')).rejects.toMatchObject({
    code: 'option',
    problem: { where: `port ${port} of 127.0.0.1`, found: 'one that another program listens on' },
  });
  await close(0);
});
