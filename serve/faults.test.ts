/** What goes wrong while requests are under way: none that was accepted is lost, or answered wrongly. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tinyModel } from '../runtime/tinyModel.ts';
import { createApp } from './app.ts';
import { listen, type Timeouts } from './listen.ts';
import { findModels } from './modelFiles.ts';
import { ModelRepository, type RepositoryOptions } from './modelRepository.ts';
import { ask, type Outcome, type Sample, samplesOf, startLoad } from './testing/checkedClient.ts';
import { startServer } from './testing/testServer.ts';

const bytes = { A: tinyModel(1), B: tinyModel(2), C: tinyModel(3) };
let samples: Sample[] = [];
let sample: Sample;
let folders = '';
let folder = '';
beforeAll(async () => {
  folders = await mkdtemp(join(tmpdir(), 'areograph-faults-'));
  const images = [40, 60, 90, 140, 200].map((mean, i) =>
    sharp({
      create: {
        width: 300 - 40 * i,
        height: 200,
        channels: 3,
        background: 'black',
        noise: { type: 'gaussian', mean, sigma: 40 },
      },
    })
      .png()
      .toBuffer(),
  );
  samples = await samplesOf(await Promise.all(images), bytes);
  const [first] = samples;
  if (first === undefined) throw new RangeError('no samples');
  sample = first;
});
beforeEach(async () => {
  folder = await mkdtemp(join(folders, 'models-'));
  await write('tiny.onnx', bytes.A);
});
afterAll(() => rm(folders, { recursive: true }));

async function write(name: string, content: Uint8Array): Promise<void> {
  const file = join(folder, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
}

interface InProcess {
  readonly timeouts?: Timeouts;
  readonly timeout?: number;
  readonly repository?: Partial<RepositoryOptions>;
}

/** A whole server in this process, where its threads and its queue can be reached. */
async function serve({ timeouts, timeout = 30_000, repository }: InProcess = {}) {
  const log: { readonly level: number; readonly msg: string }[] = [];
  const logger = pino({}, { write: (line: string) => void log.push(JSON.parse(line)) });
  const models = new ModelRepository({
    find: () => findModels(folder),
    device: 'cpu',
    workers: 1,
    threads: 1,
    maxBatch: 8,
    maxDelay: 0,
    maxQueue: 256,
    maxPixels: 1e6,
    retireAfter: timeout,
    onWorkerLost: (_, error) => logger.warn({ err: error }, 'worker lost'),
    logger,
    ...repository,
  });
  await models.open();
  const { url, close } = await listen(createApp({ models, logger, timeout }), 0, '127.0.0.1', timeouts);
  onTestFinished(async () => {
    await close(1000);
    await models.close();
  });
  const messages = () => log.map(({ msg }) => msg);
  return { url, models, messages };
}

/** Machines that tests share are slow at times. */
const until = (condition: () => boolean | Promise<boolean>) =>
  expect.poll(condition, { timeout: 20_000, interval: 20 }).toBe(true);

const statuses = (outcomes: readonly Outcome[]) => new Set(outcomes.map(({ status }) => status));
const answeredBy = (outcomes: readonly Outcome[]) => new Set(outcomes.map(({ model }) => model));
const errors = (outcomes: readonly Outcome[]) => outcomes.flatMap(({ error }) => error ?? []);

/** Nothing but right answers, and many. */
function requireRight(outcomes: readonly Outcome[], least: number): void {
  expect(errors(outcomes)).toEqual([]);
  expect(statuses(outcomes)).toEqual(new Set([200]));
  expect(outcomes.length).toBeGreaterThanOrEqual(least);
}

describe('a worker that ends under load', () => {
  const workers = new Set<Worker>();
  const created = (worker: Worker) => {
    workers.add(worker);
    worker.once('exit', () => workers.delete(worker));
  };
  /**
   * As by a mistake in its code: Piscina's part of it throws on a message that is not from Piscina, and nobody catches that.
   * Worker.terminate() would not do: inside onnxruntime it aborts the process.
   */
  const end = async (worker: Worker | undefined) => {
    if (worker === undefined) throw new RangeError('no worker');
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage({ port: null, filename: null });
    await exited;
  };
  beforeAll(() => void process.on('worker', created));
  afterAll(() => void process.off('worker', created));

  it('is replaced, and its requests are answered', async () => {
    const { url, messages } = await serve({ repository: { workers: 2 } });
    const load = startLoad(url, samples, 16);
    for (let ended = 0; ended < 4; ended++) {
      await until(() => workers.size === 2);
      await sleep(200);
      await end([...workers][0]);
    }
    await until(() => workers.size === 2);
    const before = load.outcomes.length;
    await until(() => load.outcomes.length > before + 100);
    await load.stop();
    requireRight(load.outcomes, 100);
    // Else they ended while they had nothing to do.
    expect(messages()).toContain('worker lost');
  });

  it('is replaced even if the next one does not live to start', async () => {
    const { url } = await serve({ repository: { workers: 2 } });
    const load = startLoad(url, samples, 4);
    for (const worker of [...workers]) {
      // What met with the end of the last one has its answer: a job that meets with a third end is given up.
      const before = load.outcomes.length;
      await until(() => workers.size === 2 && load.outcomes.length > before + 20);
      const next = once(process, 'worker');
      await end(worker);
      const [unborn]: Worker[] = await next;
      await end(unborn);
    }
    const before = load.outcomes.length;
    await until(() => load.outcomes.length > before + 100);
    await until(() => workers.size === 2);
    await load.stop();
    requireRight(load.outcomes, 100);
  });
});

describe('model files that change under load', () => {
  it('are taken over whole, and broken ones not at all', async () => {
    // At once, as far as requests under way allow.
    const { url, models, messages } = await serve({ repository: { retireAfter: 0 } });
    const load = startLoad(url, samples, 8);
    models.watch(50);
    /** What becomes of requests that are made from now on. */
    const next = async (count = 40): Promise<readonly Outcome[]> => {
      const now = performance.now();
      const later = () => load.outcomes.filter(({ asked }) => asked > now);
      await until(() => later().length > count);
      return later();
    };
    expect(answeredBy(await next())).toEqual(new Set(['A']));

    // As a slow copy writes it: half of a file is there for a while, and then all of it.
    await write('tiny.onnx', bytes.B.subarray(0, bytes.B.length >> 1));
    await until(() => messages().includes('model rejected, the one before stays'));
    expect(answeredBy(await next())).toEqual(new Set(['A']));
    await write('tiny.onnx', bytes.B);
    await until(() => messages().includes('model replaced'));
    expect(answeredBy(await next())).toEqual(new Set(['B']));

    const rejections = () => messages().filter((each) => each.startsWith('model rejected')).length;
    const corrupt = bytes.A.map((byte, i) => (i % 7 === 0 ? byte ^ 0x55 : byte));
    for (const [i, broken] of [corrupt, new Uint8Array()].entries()) {
      await write('tiny.onnx', broken);
      await until(() => rejections() === 2 + i);
      expect(answeredBy(await next())).toEqual(new Set(['B']));
    }

    await write('tiny/2/model.onnx', bytes.C);
    await until(() => models.list().length === 2);
    expect(answeredBy(await next())).toEqual(new Set(['C']));
    expect(await ask(url, sample, undefined, '/classify?version=1')).toMatchObject({ model: 'B' });

    await write('other.onnx', bytes.A);
    await until(() => models.list().length === 3);
    expect(await ask(url, sample, undefined, '/classify?model=other')).toMatchObject({ model: 'A' });
    await rm(join(folder, 'other.onnx'));
    await until(() => models.list().length === 2);
    expect(await ask(url, sample, undefined, '/classify?model=other')).toMatchObject({ status: 404 });

    await load.stop();
    requireRight(load.outcomes, 300);
  });
});

describe('slow clients', () => {
  const timeouts = { headersTimeout: 1000, requestTimeout: 2000, checkEvery: 100 };

  /** Sends a byte now and then, and gives back all that comes, and after how many milliseconds no more does. */
  async function trickle(url: string, start: string, byte: string) {
    const started = performance.now();
    const { hostname, port } = new URL(url);
    const socket = createConnection(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(start);
    const timer = setInterval(() => socket.write(byte), 50);
    const answer = await buffer(socket).catch(() => Buffer.alloc(0));
    clearInterval(timer);
    return { answer: answer.toString(), milliseconds: performance.now() - started };
  }

  it('are cut off at the time limit, and others are served meanwhile', async () => {
    const { url } = await serve({ timeouts, timeout: 1500 });
    const head = 'POST /classify HTTP/1.1\r\nHost: localhost\r\n';
    const slow = Array.from({ length: 20 }, () => [
      trickle(url, head, 'X'),
      trickle(url, `${head}Content-Length: 1000000\r\n\r\n`, 'X'),
      trickle(url, `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nX\r\n'),
    ]);
    const load = startLoad(url, samples, 4);
    const cutOff = await Promise.all(slow.flat());
    await load.stop();
    requireRight(load.outcomes, 100);
    const statusLines = cutOff.map(({ answer }) => answer.split('\r\n')[0]);
    // Who goes on sending to a connection that was closed may lose the answer that was on its way (RFC 9112, 9.6).
    const told = [
      'HTTP/1.1 408 Request Timeout',
      'HTTP/1.1 504 Gateway Timeout',
      'HTTP/1.1 504 Gateway Timeout',
    ];
    for (const [i, line] of statusLines.entries()) expect([told[i % 3], '']).toContain(line);
    expect(statusLines.filter((line) => line !== '').length).toBeGreaterThan(statusLines.length / 2);
    for (const { milliseconds } of cutOff) {
      expect(milliseconds).toBeGreaterThan(900);
      expect(milliseconds).toBeLessThan(6000);
    }
  });

  it('that disconnect free their places', async () => {
    // Images wait for others for as long as the test takes: nothing is as slow as that.
    const { url, models } = await serve({ repository: { maxQueue: 4, maxDelay: 60_000, maxBatch: 100 } });
    const queue = () => models.get().queueLength;
    const leaving = Array.from({ length: 4 }, () => {
      const sent = request(`${url}/classify`, { method: 'POST', agent: new Agent() });
      sent.on('error', () => undefined);
      return sent.end(sample.body);
    });
    await until(() => queue() === 4);
    expect(await ask(url, sample)).toMatchObject({ status: 503, retryAfter: '1' });
    for (const sent of leaving) sent.destroy();
    await until(() => queue() === 0);
  });
});

describe('too much at once', () => {
  it('is refused, with a time to come back, and all else is answered', async () => {
    const { url, models } = await serve({ repository: { maxQueue: 4 } });
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, i) => ask(url, samples[i % samples.length] ?? sample)),
    );
    expect(errors(outcomes)).toEqual([]);
    expect(statuses(outcomes)).toEqual(new Set([200, 503]));
    const refused = outcomes.filter(({ status }) => status === 503);
    expect(new Set(refused.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['1']));
    const answered = outcomes.filter(({ status }) => status === 200);
    expect(answeredBy(answered)).toEqual(new Set(['A']));
    expect(models.get().queueLength).toBe(0);
    for (const each of samples) expect(await ask(url, each)).toMatchObject({ status: 200, model: 'A' });
  });

  it('is answered at the deadline at the latest', async () => {
    const { url, models } = await serve({ timeout: 400, repository: { maxDelay: 60_000, maxBatch: 100 } });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => ask(url, sample)));
    expect(statuses(outcomes)).toEqual(new Set([504]));
    for (const { milliseconds } of outcomes) {
      expect(milliseconds).toBeGreaterThan(390);
      expect(milliseconds).toBeLessThan(2000);
    }
    expect(models.get().queueLength).toBe(0);
  });
});

describe('SIGTERM under load', () => {
  it('is heeded once all that was accepted is answered', async () => {
    const { child, url, log, closed } = await startServer(
      '--models',
      folder,
      '--drain',
      '1',
      '--grace',
      '20',
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const load = startLoad(url, samples, 8);
    await until(() => load.outcomes.length > 100);
    const before = load.outcomes.length;
    child.kill('SIGTERM');
    await until(async () => (await fetch(`${url}/readyz`)).status === 503);
    // Not ready, and yet there for those who have not heard of it.
    await until(() => load.outcomes.length > before + 20);
    expect(statuses(load.outcomes)).toEqual(new Set([200]));
    expect(await closed).toBe(0);
    await load.stop();

    const accepted = log.flatMap((line) => (line['path'] === '/classify' ? String(line['id']) : []));
    const answered = load.outcomes.filter(({ status }) => status === 200);
    expect(errors(answered)).toEqual([]);
    expect(answered.map(({ id }) => id).sort()).toEqual(accepted.sort());
    // The others came too late: nobody listened, or the connection was closed before anyone had looked at it.
    const others = load.outcomes.filter(({ status }) => status !== 200);
    expect(others.length).toBeGreaterThan(0);
    for (const { error } of others) expect(['ECONNREFUSED', 'ECONNRESET']).toContain(error);
    expect(others.filter(({ error }) => error === 'ECONNRESET').length).toBeLessThanOrEqual(8);
  });

  it('cuts off what takes longer than the grace, and ends in peace', async () => {
    const { child, url, closed, complaints } = await startServer('--models', folder, '--grace', '0.7');
    onTestFinished(() => void child.kill('SIGKILL'));
    // Seconds of work that cannot be interrupted: most of it inference.
    const large = await sharp({ create: { width: 5000, height: 5000, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    const outcomes = Array.from({ length: 8 }, () => ask(url, { body: large, answers: new Map() }));
    await until(async () => /areograph_batch_size_count\{.*\} [1-9]/.test(await metricsOf(url)));
    child.kill('SIGTERM');
    expect({ code: await closed, complaints: complaints() }).toEqual({ code: 0, complaints: '' });
    for (const { status, error } of await Promise.all(outcomes)) {
      expect(status === 200 || error === 'ECONNRESET', `${status} ${error}`).toBe(true);
    }
  });
});

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}
