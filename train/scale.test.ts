/** Memory does not grow with the data set: a run whose cached pixels are more than the process may hold. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { neededForTest } from '../export/testing/needed.ts';
import { greyPng, temporaryFolder, writeFiles } from './data/fixtures.ts';
import { TrainProcess, trainCommand } from './testing.ts';

/** Node and onnxruntime need about 400 MiB of it. */
const limit = 512 * 2 ** 20;
const images = 3000;
const size = 256;

/**
 * A command whose data (heap, stacks and what is mapped privately to be written: RLIMIT_DATA, setrlimit(2)) may not
 * be more than the limit. The address space would not do as a limit: V8 reserves tens of gigabytes and uses few.
 */
const limited = (...command: readonly string[]) => [`--data=${limit}`, ...command];

/** Whether this system enforces such a limit; see {@link neededForTest}. */
function canLimit(): boolean {
  const allocate = ['-e', `new Uint8Array(${limit}).fill(1)`];
  const free = spawnSync(process.execPath, allocate).status;
  const held = spawnSync('prlimit', limited(process.execPath, ...allocate)).status;
  const enforced = free === 0 && held !== null && held !== 0 ? true : undefined;
  return neededForTest(enforced, 'no memory limit to test with (Linux, prlimit of util-linux)') ?? false;
}

const declaration = `
import { input, model } from ${JSON.stringify(new URL('../dsl/index.ts', import.meta.url).href)};
export default ({ classes = 2, size = ${size} }) =>
  model('tiny', input(size, size).conv2d(4, { kernel: 3, stride: 4 }).relu().globalAveragePool().dense(classes).softmax());
`;

it('decodes, trains and evaluates more pixels than its memory may hold', async ({ skip }) => {
  if (!canLimit()) return skip();
  const folder = temporaryFolder();
  const cache = join(folder, 'cache');
  vi.stubEnv('AREOGRAPH_CACHE', cache);
  // The stack of a thread counts as data: as many of them on any machine.
  vi.stubEnv('UV_THREADPOOL_SIZE', '2');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  for (const [name, grey] of [
    ['dark', 40],
    ['light', 200],
  ] as const) {
    const image = await greyPng(grey);
    const files = (split: string, count: number) =>
      Array.from({ length: count }, (_, i) => [`data/${split}/${name}/${i}.png`, image] as const);
    writeFiles(
      folder,
      Object.fromEntries([...files('train', images / 2), ...files('val', 4), ...files('test', 4)]),
    );
  }
  writeFiles(folder, { 'tiny.ts': declaration });

  const args = ['--data', join(folder, 'data'), '--batch', '8', '--epochs', '1', '--threads', '2'];
  const command = [...trainCommand, join(folder, 'tiny.ts'), ...args, '--out', join(folder, 'run')];
  const trained = await new TrainProcess('prlimit', limited(...command, '--size', `${size}`)).finished;
  expect(trained.code, trained.output).toBe(0);
  expect(trained.output).toMatch(/best epoch 1 of 1: accuracy train 100.0 %/);

  const pixels = readdirSync(cache).find((name) => name.endsWith(`-train-${size}.u8`)) ?? '';
  const file = join(cache, pixels);
  expect(statSync(file).size).toBe(images * size * size * 3);
  expect(statSync(file).size).toBeGreaterThan(limit);
  // The same pixels in memory are what the limit forbids, and nothing else does.
  const hold = [process.execPath, '-e', 'fs.readFileSync(process.argv[1])', file];
  expect(spawnSync('prlimit', ['--data=unlimited', ...hold]).status).toBe(0);
  expect(spawnSync('prlimit', limited(...hold)).status).not.toBe(0);
}, 120_000);
