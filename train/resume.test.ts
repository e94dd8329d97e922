/** A run that is stopped, killed or cut into other chunks ends in the same bits. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { temporaryFolder } from './data/fixtures.ts';
import { RunFolder } from './runFolder.ts';
import { drawColours, outcomeOf, runTrain, TrainProcess } from './testing.ts';

const counts = { train: 200, val: 8, test: 8 };

async function prepare() {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  await drawColours(data, counts);
  const args = (out: string) => [
    '--data',
    data,
    '--size',
    '32',
    '--batch',
    '4',
    '--epochs',
    '2',
    '--out',
    join(folder, out),
  ];
  return { folder, args };
}

/** What only a file can ask for. */
const recipe = {
  trainSize: 28,
  crop: 24,
  classBalance: 0.5,
  selfTraining: { after: 1, confidence: 0.2 },
  augmentation: { grayscale: 0.2, channelGain: 0.2, aspect: 0.3 },
  mirror: true,
};

/** With a network whose weights fit crops: those of the default, cnn3x3, do not. */
function onCrops(folder: string): string[] {
  const dsl = new URL('../dsl/index.ts', import.meta.url);
  const model = join(folder, 'small.ts');
  writeFileSync(
    model,
    `import { input, model } from '${dsl}';
     export default ({ size = 32, classes = 3 }) => model('small', input(size, size)
       .conv2d(8, { kernel: 3, stride: 2, bias: false }).batchNorm().relu().globalAveragePool().dense(classes).softmax());`,
  );
  writeFileSync(join(folder, 'recipe.json'), JSON.stringify({ ...recipe, model }));
  return ['--config', join(folder, 'recipe.json'), '--ema', '0.9'];
}

function epochLines(run: string): Record<string, unknown>[] {
  return readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { seconds: _, imagesPerSecond: __, ...rest } = JSON.parse(line);
      return rest;
    });
}

/** Starts a run and kills it in the middle of its first epoch, once there is a checkpoint of that. */
async function killInFirstEpoch(run: string, args: readonly string[]): Promise<void> {
  const started = TrainProcess.npm(...args, '--checkpoint-every', '0');
  await started.printed('run folder');
  // The first checkpoint is of the beginning.
  const begun = statSync(join(run, 'last.safetensors')).mtimeMs;
  while (statSync(join(run, 'last.safetensors')).mtimeMs === begun) await setTimeout(5);
  started.kill('SIGKILL');
  const killed = await started.finished;
  expect(killed.signal).toBe('SIGKILL');
  expect(killed.output).not.toMatch(/^epoch 1\//m);
}

/** All that has a state of its own, or is drawn at random; the colours are learnt long before 20 epochs are over. */
const everyOption = [
  '--optimizer sgd --nesterov --weight-decay 0.001 --learning-rate 0.01 --clip-norm 5',
  '--schedule cosine --warmup-epochs 0.5 --epochs 20 --patience 1 --monitor accuracy',
  '--label-smoothing 0.1 --focal-gamma 1 --class-weights balanced --mixup 0.2 --ema 0.99 --augment strong',
].flatMap((line) => line.split(' '));

it.each([
  { what: 'with the defaults', extra: () => [], says: 'best epoch', interruptedAfter: 'resuming' },
  {
    what: 'on crops of smaller images, with pseudo-labels',
    extra: onCrops,
    says: 'self-training on val after 1 epochs',
    // Pseudo-labels are given after it.
    interruptedAfter: 'epoch 1/2:',
  },
  {
    what: 'with every option',
    extra: () => everyOption,
    says: 'stopped early: no better val accuracy in 1 epochs',
    interruptedAfter: 'resuming',
  },
])(
  'gives the uninterrupted run, bit for bit, after kill -9 and Ctrl-C in the middle of an epoch, $what',
  async ({ extra, says, interruptedAfter }) => {
    const { folder, args } = await prepare();
    const options = extra(folder);
    const whole = await runTrain(...args('whole'), ...options);
    expect(whole.code, whole.output).toBe(0);
    expect(whole.output).toContain(says);

    const broken = join(folder, 'broken');
    await killInFirstEpoch(broken, [...args('broken'), ...options]);
    const second = TrainProcess.npm('--resume', broken);
    await second.printed('resuming in epoch 1 after step');
    await second.printed(interruptedAfter);
    second.kill('SIGINT');
    const interrupted = await second.finished;
    // npm itself ends by the signal; what counts is what the command under it still did.
    expect(interrupted.output).toContain(`npm run train -- --resume`);
    expect(interrupted.output).toMatch(/stopped in epoch \d+ after step \d+/);

    const last = await runTrain('--resume', broken);
    expect(last.code, last.output).toBe(0);
    expect(outcomeOf(broken)).toEqual(outcomeOf(join(folder, 'whole')));
    expect(epochLines(broken)).toEqual(epochLines(join(folder, 'whole')));

    // Resuming what is over changes nothing, and does not look at test again.
    const before = readFileSync(join(broken, 'metrics.jsonl'), 'utf8');
    const again = await runTrain('--resume', broken);
    expect(again.code, again.output).toBe(0);
    expect(again.output).toMatch(/all epochs are done|early stopping has ended the training/);
    expect(readFileSync(join(broken, 'metrics.jsonl'), 'utf8')).toBe(before);
  },
  180_000,
);

it('goes on with the algorithms that were chosen by timing, as a run does that is given them', async () => {
  const { folder, args } = await prepare();
  const tuned = join(folder, 'tuned');
  await killInFirstEpoch(tuned, [...args('tuned'), '--autotune']);
  const resumed = await runTrain('--resume', tuned);
  expect(resumed.code, resumed.output).toBe(0);
  // Timing again might choose others: the other run is told what this one chose.
  const { algorithms, graph } = RunFolder.open(tuned).config;
  expect(Object.keys(algorithms)).toEqual(['conv2', 'conv3', 'conv4']);
  const file = join(folder, 'given.json');
  writeFileSync(file, JSON.stringify({ algorithms }));
  const given = join(folder, 'given');
  const whole = await runTrain(...args('given'), '--config', file);
  expect(whole.code, whole.output).toBe(0);
  expect(RunFolder.open(given).config.graph).toBe(graph);
  expect(outcomeOf(tuned)).toEqual(outcomeOf(given));
  expect(epochLines(tuned)).toEqual(epochLines(given));
}, 180_000);

it('gives other bits for another seed or augmentation, and learns', async () => {
  const { folder, args } = await prepare();
  const one = await runTrain(...args('one'));
  const two = await runTrain(...args('two'), '--seed', '2');
  const three = await runTrain(...args('three'), '--augment', 'light');
  expect([one.code, two.code, three.code], one.output + two.output + three.output).toEqual([0, 0, 0]);
  const outcomes = ['one', 'two', 'three'].map((run) => outcomeOf(join(folder, run))['last.safetensors']);
  expect(new Set(outcomes).size).toBe(3);
  // Three colours: chance is a third.
  const test = /best epoch .* test (\d+\.\d) %/.exec(one.output);
  expect(Number(test?.[1]), one.output).toBeGreaterThan(90);
}, 180_000);
