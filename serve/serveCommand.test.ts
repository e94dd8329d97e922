import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readApiKeys, serveCommand, workersOf } from './serveCommand.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'areograph-'));
});
afterAll(() => rm(folder, { recursive: true }));

function parse(...args: string[]) {
  const command = serveCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: 'user' }).opts();
}

describe('serveCommand', () => {
  it.each([
    [['--port', '65536'], /whole number from 0 to 65535, found '65536'/],
    [['--port', '80.5'], /whole number/],
    [['--batch', '0'], /whole number from 1/],
    [['--timeout', '-1'], /seconds, 0 or more/],
    [['--threshold', '90'], /a number from 0 to 1, found '90'/],
    [['--max-pixels', 'many'], /a number above 0/],
    [['--device', 'tpu'], /Allowed choices are cpu, cuda, webgpu, wasm/],
    [['--model', 'a', '--models', 'b'], /cannot be used with option '--model/],
    [['photo.jpg'], /too many arguments/],
    [['--prot', '1'], /Did you mean --port/],
  ])('refuses %j with a reason', (args, reason) => {
    expect(() => parse(...args)).toThrow(reason);
  });

  it('gives each core a worker, and a GPU one', () => {
    const cores = availableParallelism();
    expect(workersOf(parse())).toEqual({ workers: cores, threads: 1 });
    expect(workersOf(parse('--workers', '1'))).toEqual({ workers: 1, threads: cores });
    expect(workersOf(parse('--workers', '200'))).toMatchObject({ threads: 1 });
    expect(workersOf(parse('--device', 'webgpu'))).toEqual({ workers: 1, threads: cores });
    expect(workersOf(parse('--workers', '3', '--threads', '2'))).toEqual({ workers: 3, threads: 2 });
  });
});

describe('readApiKeys', () => {
  it('takes a key from each line', async () => {
    const file = join(folder, 'keys');
    await writeFile(file, 'one\r\n\n  two \n');
    expect(readApiKeys(file)).toEqual(['one', 'two']);
  });

  it('refuses a file without keys, since it would lock everyone out, or in', async () => {
    const empty = join(folder, 'empty');
    await writeFile(empty, '\n\n');
    expect(() => readApiKeys(empty)).toThrow(/expected a file with a key in each line, found none/);
    expect(() => readApiKeys(join(folder, 'missing'))).toThrow(/found no such file/);
  });
});
