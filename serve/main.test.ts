import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModelFolder } from '../runtime/tinyModel.ts';
import { finish, photoFile, start } from './testCommand.ts';

let folder = '';
let file = '';
let photo: Buffer;
beforeAll(async () => {
  ({ folder, file } = await tinyModelFolder());
  photo = await readFile(await photoFile(folder));
});
afterAll(() => rm(folder, { recursive: true }));

/** Resolves with the address once the server has announced it. */
async function serve() {
  const child = start('main.ts', ['--model', file, '--port', '0']);
  const log = text(child.stdout);
  const closed = once(child, 'close');
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    const command = /curl --data-binary @photo\.jpg (\S+)\n/.exec(said)?.[1];
    if (command !== undefined) return { child, address: command, log, closed };
  }
  throw new Error(`the server did not start: ${said}`);
}

describe('npm run serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'answers, logs, and on %s finishes what is in flight',
    async (signal) => {
      const { child, address, log, closed } = await serve();
      const first = await fetch(address, { method: 'POST', body: photo });
      expect(first.status).toBe(200);
      expect(await first.json()).toMatchObject({ model: { name: 'cnn3x3' }, results: [{ top: {} }] });

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
      for (const line of [lines.at(0), lines.at(-1)]) {
        expect(JSON.parse(line ?? '')).toMatchObject({ method: 'POST', path: '/classify', status: 200 });
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

  it('says how to get a model where there is none', async () => {
    const { error, code } = await finish('main.ts', [], folder);
    expect(error).toMatch(/^error: .*npm run train -- cnn3x3.*\n$/);
    expect(code).toBe(1);
  });
});
