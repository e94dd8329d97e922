/**
 * Hundreds of inputs that nobody should send, to one real server over real sockets: each kind is answered as it should
 * be, and afterwards the server is as it was.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Classifier, openClassifier } from '../../runtime/classifier.ts';
import type { RgbImage } from '../../runtime/image.ts';
import { tinyModel } from '../../runtime/tinyModel.ts';
import { startServer, type TestServer } from '../testing/testServer.ts';
import { send } from './client.ts';
import { hostileCorpus } from './corpus.ts';
import { classified } from './expectations.ts';
import type { Input } from './kind.ts';
import { encoded, picture } from './picture.ts';

/** The limit of a body, lower than usual, so that little has to be sent to exceed it. */
const maxBody = 4;
const most = 20;

/** Counts who connects: nothing that a request names is ever fetched. */
let connections = 0;
const canary = createServer((socket) => {
  connections += 1;
  socket.destroy();
});
canary.listen(0, '127.0.0.1');
await once(canary, 'listening');
const address = canary.address();
const port = address !== null && typeof address === 'object' ? address.port : 0;

const kinds = hostileCorpus({ canary: `http://127.0.0.1:${port}`, maxBodyBytes: maxBody * 2 ** 20 });
/** All that was sent, with the status of its answer. */
const sent: (Pick<Input, 'request'> & { readonly status: number })[] = [];

let folder = '';
let reference: Classifier;
let server: TestServer;
let memoryBefore = Number.NaN;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'areograph-hostile-'));
  const file = join(folder, 'tiny.onnx');
  const bytes = tinyModel();
  await writeFile(file, bytes);
  reference = await openClassifier({ where: file, bytes }, { device: 'cpu', threads: 1 });
  server = await startServer('--model', file, '--max-body', String(maxBody), '--workers', '2');
  // What is compiled, allocated and kept on first use, by both workers.
  for (let i = 0; i < 200; i++) await requireGood();
  memoryBefore = await residentMegabytes();
});
afterAll(async () => {
  server?.child.kill('SIGKILL');
  canary.close();
  await reference?.release();
  await rm(folder, { recursive: true });
});

async function requireGood(): Promise<void> {
  const probabilities = await probabilitiesOf(picture);
  classified(await send(server.url, { path: '/classify', body: encoded.png }), { probabilities });
}

/** By the model itself, without a server. */
async function probabilitiesOf(pixels: RgbImage): Promise<ReadonlyMap<string, number>> {
  const [answer] = await reference.predict([pixels]);
  return new Map(
    reference.description.classes.map((name, i) => [name, answer?.probabilities[i] ?? Number.NaN]),
  );
}

/** What the server's process has in memory. */
async function residentMegabytes(): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\d+)$/m.exec(metrics)?.[1]) / 1e6;
}

describe('the server answers as it should', () => {
  it.each(kinds.map((kind) => [kind.name, kind] as const))('%s', async (_, kind) => {
    const before = sent.length;
    const failures: string[] = [];
    for await (const { name, request, pixels, file } of kind.inputs) {
      try {
        const answer = await send(server.url, request);
        sent.push({ request, status: answer.status });
        kind.expect(answer, {
          ...(pixels === undefined ? {} : { probabilities: await probabilitiesOf(pixels) }),
          ...(file === undefined ? {} : { file }),
        });
      } catch (error) {
        failures.push(`${name}: ${error}`);
      }
    }
    expect(failures.join('\n')).toBe('');
    expect(sent.length - before).toBeGreaterThan(0);
    expect(sent.length - before).toBeLessThanOrEqual(most);
  });
});

describe('after all of them', () => {
  it('they were enough', () => {
    expect(sent.length).toBeGreaterThanOrEqual(300);
  });

  it('the server is alive and answers as before', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await requireGood();
  });

  it('nothing was fetched', () => {
    expect(connections).toBe(0);
  });

  it('nothing was the fault of the server', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('areograph_problems_total{code="internal"} 0');
    expect(metrics).toContain('areograph_problems_total{code="worker-lost"} 0');
    expect(server.log.filter(({ level }) => level >= 40)).toEqual([]);
    expect(server.complaints()).toBe('');
  });

  /**
   * Memory: the allocators of six threads keep some of what was used at once for the next time (measured: 150 MB after the
   * first pass, 30 MB more after the second, none after the fourth), so that the bounds are what a leak could not stay
   * below. 16 bytes for each of 25 million pixels is what the model's first operators take for the largest image
   * (runtime/decode.ts), and three such were classified: not one may stay. The second pass decodes three times 75 MB of
   * pixels again: not one may stay.
   */
  it('memory is back, and the same inputs again get the same answers', async () => {
    const after = await residentMegabytes();
    expect(after - memoryBefore).toBeLessThan((16 * 25e6) / 1e6);
    for (const { request, status } of sent) expect((await send(server.url, request)).status).toBe(status);
    expect((await residentMegabytes()) - after).toBeLessThan(75);
  });
});
