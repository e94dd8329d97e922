import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelMetadata } from '../export/modelFile.ts';
import { decodeImage } from '../runtime/decode.ts';
import { defaultModel } from '../runtime/defaultModel.ts';
import { tinyModelFolder } from '../runtime/tinyModel.ts';
import { type Answer, resultsSchema } from './results.ts';
import { finish, photoFile, start } from './testing/testCommand.ts';

let folder = '';
let file = '';
let photo: Buffer;
beforeAll(async () => {
  ({ folder, file } = await tinyModelFolder());
  photo = await readFile(await photoFile(folder));
});
afterAll(() => rm(folder, { recursive: true }));

/** Resolves with the address once the server has announced it. */
async function serve(...args: readonly string[]) {
  const child = start('main.ts', ['--port', '0', ...args]);
  const log = text(child.stdout);
  const closed = once(child, 'close');
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    const command = /curl --data-binary @photo\.jpg (\S+)\n/.exec(said)?.[1];
    if (command !== undefined) return { child, address: command, said, log, closed };
  }
  throw new Error(`the server did not start: ${said}`);
}

function onlyAnswer(results: unknown): Answer {
  const [answer] = resultsSchema.parse(results).results;
  if (answer === undefined || 'error' in answer) throw new Error('no answer');
  return answer;
}

/** Of each class, whatever the order. */
function byClass(scores: readonly { readonly class: string; readonly probability: number }[]) {
  return new Map(scores.map((score) => [score.class, score.probability]));
}

describe('npm run serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'answers, logs, and on %s finishes what is in flight',
    async (signal) => {
      const { child, address, log, closed } = await serve('--model', file);
      const first = await fetch(address, { method: 'POST', body: photo });
      expect(first.status).toBe(200);
      expect(await first.json()).toMatchObject({ model: { version: '1' }, results: [{ top: {} }] });

      // Half sent when the signal comes, and finished only once the server takes no one new.
      const inFlight = request(address, { method: 'POST', headers: { Expect: '100-continue' } });
      inFlight.flushHeaders();
      await once(inFlight, 'continue');
      inFlight.write(photo.subarray(0, 1000));
      child.kill(signal);
      await expect.poll(() => fetch(address).catch(() => 'refused'), { timeout: 5000 }).toBe('refused');
      inFlight.end(photo.subarray(1000));
      const [response] = await once(inFlight, 'response');
      expect(response.statusCode).toBe(200);
      expect(JSON.parse(await text(response))).toMatchObject({ results: [{ top: {} }] });
      expect(await closed).toEqual([0, null]);

      const lines = (await log).trimEnd().split('\n');
      const requests = lines.map((line) => JSON.parse(line)).filter(({ method }) => method === 'POST');
      expect(requests).toHaveLength(2);
      for (const line of requests) {
        expect(line).toMatchObject({
          method: 'POST',
          path: '/classify',
          status: 200,
          id: expect.any(String),
        });
      }
    },
  );

  it('says in one line that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = address !== null && typeof address === 'object' ? String(address.port) : '';
    const { error, code } = await finish('main.ts', ['--model', file, '--port', port]);
    other.close();
    expect(error).toMatch(new RegExp(`^error: port ${port} of 127.0.0.1: .*another program listens.*\n$`));
    expect(code).toBe(1);
  });

  it('serves the model that ships with the project, and says the same as the command line and the bare session', async () => {
    const { said, address } = await serve();
    const name = basename(defaultModel, '.onnx');
    expect(said).toMatch(new RegExp(`^${name} .*${name}\\.onnx\\) answers at`));
    const served = await (await fetch(address, { method: 'POST', body: photo })).json();
    const classes = byClass(onlyAnswer(served).classes);
    expect(classes.size).toBe(24);

    const { out } = await finish('classifyCli.ts', ['--json', join(folder, 'photo.jpg')]);
    expect(byClass(onlyAnswer(JSON.parse(out)).classes)).toEqual(classes);

    const { data, height, width } = await decodeImage(photo);
    const session = await InferenceSession.create(defaultModel);
    const { probabilities } = await session.run({ image: new Tensor('uint8', data, [1, height, width, 3]) });
    const names = readModelMetadata(await readFile(defaultModel), 'the default').classes;
    const bare = names.map((name, i) => ({ class: name, probability: Number(probabilities?.data[i]) }));
    expect(byClass(bare)).toEqual(classes);

    // The same pixels by the inference protocol.
    const tensor = { name: 'image', datatype: 'UINT8', shape: [1, height, width, 3], data: [...data] };
    const response = await fetch(new URL(`/v2/models/${name}/infer`, address), {
      method: 'POST',
      body: JSON.stringify({ inputs: [tensor], outputs: [{ name: 'probabilities' }] }),
    });
    expect(await response.json()).toMatchObject({
      outputs: [{ data: bare.map(({ probability }) => probability) }],
    });
  });

  it('has the browser demo at / if that is built, and says how to build it if not', async () => {
    const built = existsSync(new URL('../web-demo/dist/index.html', import.meta.url));
    const { said, address } = await serve();
    const { origin } = new URL(address);
    expect(said).toContain(built ? `  The browser demo is at ${origin}/\n` : '  npm run build:demo');
    const { headers } = await fetch(origin, { redirect: 'manual' });
    expect(headers.get('location')).toBe(built ? null : 'docs');
    expect(headers.get('cross-origin-embedder-policy')).toBe(built ? 'require-corp' : null);
  });

  it('is ready in seconds, even beside other work', async () => {
    const started = performance.now();
    await serve();
    // Four times the bar, since tests run beside each other: npm run bench:serve measures it alone.
    expect(performance.now() - started).toBeLessThan(8000);
  });

  it('takes up a model that is put into its folder, with everything that it can be told', async () => {
    const keys = join(folder, 'keys');
    await writeFile(keys, 'secret\n');
    const models = join(folder, 'models');
    await mkdir(models);
    const { address, said } = await serve(
      ...['--models', models, '--poll', '0.1', '--default', 'b', '--workers', '1', '--threads', '1'],
      ...['--batch', '2', '--batch-delay', '1', '--queue', '10', '--timeout', '5', '--threshold', '0.5'],
      ...['--max-body', '1', '--max-images', '2', '--max-pixels', '0.1', '--api-keys', keys],
      ...['--cors', 'https://example.org', '--rate-limit', '1000'],
    );
    expect(said).toMatch(/No model yet/);
    const get = (path: string) => fetch(new URL(path, address), { headers: { 'X-Api-Key': 'secret' } });
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(503);
    await copyFile(file, join(models, 'b.onnx'));
    await expect.poll(async () => (await get('/readyz')).status, { timeout: 10_000 }).toBe(200);

    const post = (body: Buffer, headers: Record<string, string> = {}) =>
      fetch(address, { method: 'POST', body, headers: { Origin: 'https://example.org', ...headers } });
    expect((await post(photo)).status).toBe(401);
    const key = { Authorization: 'Bearer secret' };
    const answer = await post(photo, key);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://example.org');
    expect(answer.headers.get('ratelimit-policy')).toMatch(/q=1000/);
    expect(await answer.json()).toMatchObject({ model: { name: 'b' }, results: [{ threshold: 0.5 }] });
    expect((await post(Buffer.alloc(2 ** 20 + 1), key)).status).toBe(413);
    const large = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'red' } }).png();
    expect(await (await post(await large.toBuffer(), key)).json()).toMatchObject({ code: 'too-many-pixels' });
  });

  it('says in one line that a model or a folder of models is not there', async () => {
    const missing = join(folder, 'missing');
    for (const [option, found] of [
      ['--model', /^error: .*missing: expected a model file, found no such file.*\n$/],
      ['--models', /^error: .*missing: expected a folder of models, found no such file.*\n$/],
    ] as const) {
      const { error, code } = await finish('main.ts', [option, missing, '--port', '0']);
      expect(error).toMatch(found);
      expect(code).toBe(1);
    }
  });
});
