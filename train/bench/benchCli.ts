/** npm run bench:train: our training graph and PyTorch by turns, on the same cores and the same images. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Command } from '@commander-js/extra-typings';
import { toArchitecture } from '../../dsl/architecture.ts';
import { positiveInteger, positiveIntegers, runCli } from '../../dsl/cli.ts';
import { AreographError } from '../../dsl/errors.ts';
import { loadModel } from '../../dsl/load.ts';
import { type Model, parameters } from '../../dsl/model.ts';
import { fromZoo, zoo } from '../../dsl/zoo.ts';
import { findPython } from '../../export/reference/python.ts';
import { readDataset } from '../data/dataset.ts';
import { locateDataset } from '../data/locate.ts';
import { openPixelCache } from '../data/pixelCache.ts';
import { openPreprocessing } from '../preprocess.ts';
import { besideTfjs, smallStep } from './besideTfjs.ts';
import { type Answer, answerSchema, type Setup } from './protocol.ts';

interface Options {
  data?: string | undefined;
  size: number;
  batch: number;
  steps: number;
  rounds: number;
  threads: readonly number[];
  tfjs: boolean;
}

const command = new Command('bench:train')
  .description(
    'Measures training against PyTorch on this machine: images/s, their ratio, peak memory without the images.',
  )
  .argument('[models...]', 'zoo names or files (default: the zoo, and a residual network without pooling)', [
    ...Object.keys(zoo),
    fileURLToPath(new URL('./stridedResnet.ts', import.meta.url)),
  ])
  .option('--data <dir>', 'images (default: as npm run train)')
  .option('--size <pixels>', 'height and width', positiveInteger, 128)
  .option('--batch <n>', 'images in a step', positiveInteger, 32)
  .option('--steps <n>', 'steps of one turn', positiveInteger, 5)
  .option('--rounds <n>', 'turns that count; one more comes first to warm up', positiveInteger, 5)
  .option('--threads <list>', 'threads of both, such as 1,2 (default: one per core)', positiveIntegers, [
    availableParallelism(),
  ])
  .option('--no-tfjs', 'leave out the step of cnn3x3 in TensorFlow.js');

/** A process that trains when told to. */
class Contender {
  readonly #name: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, executable: string, args: readonly string[], setup: Setup) {
    this.#name = name;
    const child = spawn(executable, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stdin.write(`${JSON.stringify(setup)}\n`);
  }

  async run(steps: number): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify({ steps })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) {
      throw new AreographError({
        code: 'run',
        where: this.#name,
        expected: 'an answer after each turn',
        found: 'a process that ended',
        next: 'What it printed above says why.',
      });
    }
    return answerSchema.parse(JSON.parse(value));
  }

  end(): void {
    this.#child.kill();
  }
}

async function main(): Promise<void> {
  command.parse();
  const options = command.opts();
  const [models] = command.processedArgs;
  const python = findPython('torch', 'numpy');
  if (python === undefined) {
    throw new AreographError({
      code: 'device',
      where: 'PyTorch',
      expected: 'a Python that imports torch',
      found: 'none on the PATH',
      next: 'On Debian: apt-get install python3-torch libopenblas0-pthread.',
    });
  }
  console.log(
    `${options.size}x${options.size}, batch ${options.batch}, ${availableParallelism()} cores, ${cpus()[0]?.model}; medians of ${options.rounds} turns of ${options.steps} steps`,
  );
  console.log(
    'model          threads  ours images/s  (per thread)  PyTorch images/s  ratio (min..max)   peak MB ours / PyTorch',
  );
  const { directory } = await locateDataset({ data: options.data });
  const dataset = readDataset(directory);
  const classes = dataset.classes.length;
  const folder = mkdtempSync(join(tmpdir(), 'areograph-bench-'));
  try {
    for (const name of models) {
      const model = await loadModel(name, { size: options.size, classes });
      const setup = await writeImages(model, dataset, folder, options);
      for (const threads of options.threads) {
        const { ours, torch } = await duel(model, python, { ...setup, threads }, options);
        report(model.name, threads, ours, torch, options);
      }
    }
    if (!options.tfjs) return;
    const small = fromZoo('cnn3x3', { size: smallStep.size, classes });
    const setup = await writeImages(small, dataset, folder, smallStep);
    for (const line of besideTfjs(small.name, setup)) console.log(line);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Enough images for two turns, from the training split, as both contenders read them. */
async function writeImages(
  model: Model,
  dataset: ReturnType<typeof readDataset>,
  folder: string,
  { batch, size, steps }: Pick<Options, 'size' | 'batch' | 'steps'>,
): Promise<Setup> {
  const { key, preprocess } = await openPreprocessing(model.input);
  const cache = await openPixelCache({ dataset, split: 'train', size, key, preprocess });
  const count = Math.min(cache.count, steps * batch * 2);
  if (batch > count) {
    throw new AreographError({
      code: 'option',
      where: '--batch',
      expected: `at most ${count}, the number of training images`,
      found: `${batch}`,
      next: 'Choose a smaller batch.',
    });
  }
  const images = new Uint8Array(count * cache.imageBytes);
  cache.read(
    Array.from({ length: count }, (_, i) => i),
    images,
  );
  const [pixels, labels] = [join(folder, 'pixels'), join(folder, 'labels')];
  writeFileSync(pixels, images);
  writeFileSync(labels, cache.labels.slice(0, count));
  cache.close();
  return {
    architecture: toArchitecture(model),
    parameters: Object.fromEntries(parameters(model).map(({ name, shape }) => [name, [...shape]])),
    optimizer: { name: 'adam', lr: 1e-3 },
    batch,
    threads: availableParallelism(),
    pixels,
    labels,
  };
}

async function duel(model: Model, python: string, setup: Setup, { steps, rounds }: Options) {
  const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const contenders = {
    ours: new Contender('our process', process.execPath, ['--import', 'tsx', script('./ours.ts')], setup),
    torch: new Contender("PyTorch's process", python, [script('./torch_train.py')], setup),
  };
  const results: { ours: Answer[]; torch: Answer[] } = { ours: [], torch: [] };
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const name of ['ours', 'torch'] as const) {
        const answer = await contenders[name].run(steps);
        if (!Number.isFinite(answer.loss)) throw new Error(`${name} diverged on ${model.name}`);
        if (round > 0) results[name].push(answer);
        // Idle threads spin for a while after a run; the other's turn starts on quiet cores.
        await setTimeout(300);
      }
    }
  } finally {
    for (const contender of Object.values(contenders)) contender.end();
  }
  return results;
}

function report(
  name: string,
  threads: number,
  ours: readonly Answer[],
  torch: readonly Answer[],
  { steps, batch }: Options,
): void {
  const rate = ({ seconds }: Answer) => (steps * batch) / seconds;
  const ratios = ours.map((answer, i) => (torch[i]?.seconds ?? Number.NaN) / answer.seconds);
  const peak = (answers: readonly Answer[]) =>
    (Math.max(...answers.map(({ peakBytes }) => peakBytes)) / 1e6).toFixed(0);
  const spread = `${Math.min(...ratios).toFixed(2)}..${Math.max(...ratios).toFixed(2)}`;
  console.log(
    [
      name.padEnd(14),
      `${threads}`.padStart(7),
      median(ours.map(rate)).toFixed(1).padStart(14),
      `(${(median(ours.map(rate)) / threads).toFixed(1)})`.padStart(13),
      median(torch.map(rate)).toFixed(1).padStart(17),
      `${median(ratios).toFixed(2)} (${spread})`.padStart(18),
      `${peak(ours)} / ${peak(torch)}`.padStart(24),
    ].join(' '),
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    ((sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN) +
      (sorted[Math.ceil((sorted.length - 1) / 2)] ?? Number.NaN)) /
    2
  );
}

await runCli(main);
