/** A run from a file and flags: what it is trained with is what was asked for, and run.json says all of it. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from '@commander-js/extra-typings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AreographError } from '../dsl/errors.ts';
import { namingSources } from '../export/options.ts';
import { relativeError } from '../export/testing/run.ts';
import { balancedWeights } from './classWeights.ts';
import { temporaryFolder } from './data/fixtures.ts';
import { readRunCommand, runCommand } from './runFlags.ts';
import { RunFolder } from './runFolder.ts';
import { runOptionsSchema } from './runOptions.ts';
import { decodeSafetensors } from './safetensors.ts';
import { startRun } from './start.ts';
import { drawColours, runTrain, TrainProcess } from './testing.ts';

async function prepare() {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  await drawColours(data, { train: 20, val: 4, test: 4 });
  return { folder, data, out: join(folder, 'run') };
}

function written(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A command of the project, in a process of its own. */
function command(file: string, ...args: readonly string[]) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return new TrainProcess(process.execPath, ['--import', 'tsx', path, ...args]).finished;
}

it('trains what the file says, with flags over it, and keeps the complete choice', async () => {
  const { folder, data, out } = await prepare();
  const file = written(
    folder,
    'run.json',
    JSON.stringify({
      model: 'cnn3x3',
      data,
      size: 16,
      epochs: 1,
      batch: 8,
      optimizer: { name: 'sgd', momentum: 0.5 },
      schedule: { name: 'cosine', warmupEpochs: 0.5 },
      loss: { classWeights: 'balanced' },
      seed: 7,
    }),
  );
  const { code, output } = await runTrain('--config', file, '--batch', '10', '--nesterov', '--out', out);
  expect(code, output).toBe(0);
  const { config } = RunFolder.open(out);
  expect(config).toMatchObject({
    batch: 10,
    optimizer: { name: 'sgd', momentum: 0.5, nesterov: true, weightDecay: 0 },
    // As many images of each of the three colours.
    loss: { labelSmoothing: 0, focalGamma: 0, classWeights: [1, 1, 1] },
    clipNorm: 0,
    mixup: 0,
    ema: 0,
    epochs: 1,
    learningRate: 0.01,
    schedule: { name: 'cosine', warmupEpochs: 0.5, final: 0 },
    monitor: 'accuracy',
    patience: 0,
    seed: 7,
    init: null,
  });
  expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))).toEqual(config);
}, 60_000);

it('takes the options that a TypeScript file exports', async () => {
  const { folder, data, out } = await prepare();
  const types = new URL('./runOptions.ts', import.meta.url).href;
  const file = written(
    folder,
    'run.mts',
    `import type { RunFile } from '${types}';
     const epochs = 1;
     export default { epochs, size: 16, batch: 8, optimizer: { name: 'adamw' }, monitor: 'loss' } satisfies RunFile;`,
  );
  const { code, output } = await runTrain('baseline', '--config', file, '--data', data, '--out', out);
  expect(code, output).toBe(0);
  expect(output).toContain('baseline on');
  expect(RunFolder.open(out).config).toMatchObject({ optimizer: { name: 'adamw' }, monitor: 'loss' });
}, 60_000);

it('evaluates and exports the averaged weights', async () => {
  const { data, out } = await prepare();
  const { code, output } = await runTrain(
    ...['cnn3x3', '--data', data, '--size', '16', '--epochs', '1', '--batch', '4'],
    ...['--ema', '0.9', '--out', out],
  );
  expect(code, output).toBe(0);
  const last = decodeSafetensors(readFileSync(join(out, 'last.safetensors')), 'last').tensors;
  const best = decodeSafetensors(readFileSync(join(out, 'best.safetensors')), 'best').tensors;
  expect(best.size).toBe(24);
  for (const [name, { data: exported }] of best) {
    expect(exported, name).toEqual(last.get(`${name}.ema`)?.data);
    // Batch norm makes the biases of no effect; all else has moved along.
    expect(relativeError(exported, last.get(name)?.data ?? []), name).toBeGreaterThan(0);
  }
}, 60_000);

it('trains the graph that build-graph writes for the same options', async () => {
  const { folder, data, out } = await prepare();
  const dsl = new URL('../dsl/index.ts', import.meta.url).href;
  const model = written(
    folder,
    'small.mts',
    `import { input, model } from '${dsl}';
     export default model('small', input(8, 8).conv2d(4, { kernel: 3 }).batchNorm().relu().flatten().dense(3).softmax());`,
  );
  const options = [
    ...['--batch', '5', '--optimizer', 'sgd', '--nesterov', '--weight-decay', '0.01', '--clip-norm', '1'],
    ...['--label-smoothing', '0.1', '--focal-gamma', '2', '--class-weights', '1,2,3'],
    ...['--mixup', '0.4', '--ema', '0.99'],
  ];
  const trained = await runTrain(model, '--data', data, '--epochs', '1', '--out', out, ...options);
  expect(trained.code, trained.output).toBe(0);
  const graphs = join(folder, 'graphs');
  const built = await command('../export/buildGraphCli.ts', model, '--out', graphs, ...options);
  expect(built.code, built.output).toBe(0);
  const bytes = readFileSync(join(graphs, 'small.training.cpu.onnx'));
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(RunFolder.open(out).config.graph);
}, 60_000);

/** Options as the train command reads them, from a file with this text and flags. */
async function read(text: string, ...args: readonly string[]) {
  const file = written(temporaryFolder(), 'run.json', text);
  const command = runCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return readRunCommand(command.parse(['--config', file, ...args], { from: 'user' }));
}

it('takes a learning rate that suits the optimizer, unless one is given', async () => {
  const rates = async (text: string, ...args: readonly string[]) =>
    (await read(text, ...args)).options.learningRate;
  expect(await rates('{}')).toBe(0.001);
  expect(await rates('{}', '--optimizer', 'sgd')).toBe(0.01);
  expect(await rates('{ "optimizer": { "name": "sgd" } }', '--optimizer', 'adamw')).toBe(0.001);
  expect(await rates('{ "learningRate": 0.5 }', '--optimizer', 'sgd')).toBe(0.5);
});

it('lets flags switch off what a file switches on', async () => {
  const file = '{ "optimizer": { "name": "sgd", "nesterov": true }, "autotune": true }';
  expect((await read(file)).options).toMatchObject({ optimizer: { nesterov: true }, autotune: true });
  const { options } = await read(file, '--no-nesterov', '--no-autotune');
  expect(options).toMatchObject({ optimizer: { nesterov: false }, autotune: false });
});

it('keeps the options of a schedule without a name when a flag names it', async () => {
  const { options } = await read('{ "schedule": { "warmupEpochs": 2 } }', '--schedule', 'constant');
  expect(options.schedule).toEqual({ name: 'constant', warmupEpochs: 2 });
});

describe('a run that cannot be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'areograph-'));
  const data = join(folder, 'data');
  const out = join(folder, 'run');
  beforeAll(() => drawColours(data, { train: 20, val: 4, test: 4 }));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each<[string, string, readonly string[], readonly string[]]>([
    [
      'a misspelt field',
      '{ "schedule": { "name": "cosine", "warmup": 2 } }',
      [],
      ['schedule.warmup in', 'warmupEpochs, final beside cosine'],
    ],
    ['a field that nothing is near to', '{ "colour": 3 }', [], ['colour in', 'one of model, data, size']],
    ['a file that is no JSON', '{ "epochs": }', [], ['--config', 'JSON']],
    ['a list', '[]', [], ['found a list']],
    [
      'a warm-up of the whole run',
      '{ "schedule": { "name": "cosine", "warmupEpochs": 3 } }',
      ['--epochs', '3'],
      ['schedule.warmupEpochs in', 'a warm-up shorter than the run'],
    ],
    [
      'a warm-up before one-cycle',
      '{}',
      ['--schedule', 'one-cycle', '--warmup-epochs', '1'],
      ['--warmup-epochs'],
    ],
    ['momentum for Adam', '{}', ['--momentum', '0.9'], ['--momentum', 'beta1, beta2, epsilon beside adam']],
    ["no Nesterov's momentum for Adam", '{}', ['--no-nesterov'], ['--no-nesterov', 'beside adam']],
    ['a word among class weights', '{}', ['--class-weights', '1,x'], ['--class-weights', "found 'x'"]],
    ['mixup in batches of one', '{ "batch": 1 }', ['--mixup', '0.2'], ['--mixup', 'at least 2 images']],
    [
      'class weights of a file for other classes',
      '{ "loss": { "classWeights": [1, 2] } }',
      [],
      ['loss.classWeights in', 'each of the 3 classes', 'found 2'],
    ],
    ['first weights that are not there', '{}', ['--init', 'none.safetensors'], ['no such file']],
    [
      'an algorithm for a layer that has no choice',
      '{ "algorithms": { "conv1": "im2col" } }',
      [],
      ['algorithms.conv1 in', 'with a choice of algorithm: conv2, conv3, conv4'],
    ],
    [
      'an algorithm that does not suit its layer',
      '{ "algorithms": { "conv2": "winograd10" } }',
      [],
      ['algorithms.conv2 in', 'one of shifts, im2col', 'found winograd10'],
    ],
  ])('is refused: %s', async (_, text, args, says) => {
    const prepared = new Set<string>();
    const start = async () => {
      const { options, sources } = await read(text, '--size', '16', '--autotune', ...args);
      await namingSources(sources, () => startRun({ options, data, out }, (task) => prepared.add(task)));
    };
    const message = await start().then(
      () => 'it started',
      (error: unknown) =>
        error instanceof AreographError || error instanceof CommanderError ? error.message : String(error),
    );
    for (const part of says) expect(message).toContain(part);
    expect([...prepared], 'before anything that takes its time').toEqual([]);
    expect(existsSync(out)).toBe(false);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['before the data is read', ['--label-smoothing', '2'], ['--label-smoothing', 'a number under 1']],
    ['by what the data is', ['--class-weights', '1,2'], ['--class-weights', 'each of the 3 classes']],
  ])(
    'is refused in one line by the command, %s',
    async (_, args, says) => {
      const { code, output } = await runTrain('--data', data, '--size', '16', '--out', out, ...args);
      expect(code).toBe(1);
      for (const part of says) expect(output).toContain(part);
      expect(output.trim().split('\n'), output).toHaveLength(1);
      expect(existsSync(out)).toBe(false);
    },
    60_000,
  );
});

it('weighs classes by the inverse of how many images they have', () => {
  // 6 images of 3 classes: N / (C n).
  expect(balancedWeights([0, 0, 0, 0, 1, 2], 3)).toEqual([0.5, 2, 2]);
  // One without images weighs as if it had one.
  expect(balancedWeights([0, 0, 1, 1], 3)).toEqual([2 / 3, 2 / 3, 4 / 3]);
});

it('has defaults for everything but where the data is and what to compute on', () => {
  const { data, size, device, threads, init, ...rest } = runOptionsSchema.parse({});
  expect([data, size, device, threads, init]).toEqual(Array(5).fill(undefined));
  expect(Object.values(rest)).not.toContain(undefined);
});
