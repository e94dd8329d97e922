/** What a user of `npm run train` meets: results that hold together, and errors that cost nothing. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fromArchitecture } from '../dsl/architecture.ts';
import { AreographError } from '../dsl/errors.ts';
import { readModelMetadata } from '../export/modelFile.ts';
import { decodeInitializers } from '../export/onnx.ts';
import { rank } from '../runtime/classification.ts';
import { loadClassifier } from '../runtime/classifier.ts';
import { decodeImage } from '../runtime/decode.ts';
import { temporaryFolder } from './data/fixtures.ts';
import { RunFolder } from './runFolder.ts';
import { decodeSafetensors } from './safetensors.ts';
import { drawColours, runTrain } from './testing.ts';

const counts = { train: 60, val: 6, test: 6 };

async function trained(...extra: readonly string[]) {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  const out = join(folder, 'run');
  await drawColours(data, counts);
  const finished = await runTrain(
    'cnn3x3',
    '--data',
    data,
    '--size',
    '16',
    '--epochs',
    '2',
    '--batch',
    '8',
    '--out',
    out,
    ...extra,
  );
  return { folder, data, out, ...finished };
}

it('leaves metrics, checkpoints and a complete model whose answers are those of the test line', async () => {
  const { out, data, code, output } = await trained();
  expect(code, output).toBe(0);
  const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ kind }) => kind)).toEqual(['epoch', 'epoch', 'test']);

  const bytes = readFileSync(join(out, 'model.onnx'));
  const { classes, provenance, architecture } = readModelMetadata(bytes, 'model.onnx');
  expect(classes).toEqual(['blue', 'green', 'red']);
  expect(architecture.name).toBe('cnn3x3');
  expect(provenance['testAccuracy']).toBe(lines[2].test.accuracy);

  // From the files themselves, through the exported model: nothing of the cache or the evaluator takes part.
  const classifier = await loadClassifier(join(out, 'model.onnx'), { device: 'cpu' });
  let correct = 0;
  let loss = 0;
  for (const colour of classes) {
    for (let i = 0; i < counts.test; i += 1) {
      const image = await decodeImage(join(data, 'test', colour, `${i}.png`));
      const [answer] = await classifier.predict([image]);
      const scores = rank(classifier.description.classes, answer?.probabilities ?? new Float32Array());
      if (scores[0]?.class === colour) correct += 1;
      loss -= Math.log(scores.find((score) => score.class === colour)?.probability ?? Number.NaN);
    }
  }
  const total = counts.test * classes.length;
  expect(correct / total).toBe(lines[2].test.accuracy);
  expect(loss / total).toBeCloseTo(lines[2].test.loss, 4);
}, 120_000);

it('exports the weights of the best checkpoint', async () => {
  const { out, code, output } = await trained('--optimizer', 'adamw');
  expect(code, output).toBe(0);
  const { tensors } = decodeSafetensors(readFileSync(join(out, 'best.safetensors')), 'best');
  const initializers = decodeInitializers(readFileSync(join(out, 'model.onnx')), 'model.onnx');
  expect(tensors.size).toBe(24);
  for (const [name, { dims, data }] of tensors) expect(initializers.get(name), name).toEqual({ dims, data });
}, 120_000);

it('starts from earlier weights, and keeps a fresh head where the classes are others', async () => {
  const first = await trained();
  expect(first.code, first.output).toBe(0);
  const data = join(first.folder, 'two');
  await drawColours(data, counts);
  for (const split of Object.keys(counts)) rmSync(join(data, split, 'red'), { recursive: true });
  for (const file of ['best.safetensors', 'model.onnx']) {
    const out = join(first.folder, `again-${file}`);
    const again = await runTrain(
      'cnn3x3',
      '--data',
      data,
      '--size',
      '16',
      '--epochs',
      '1',
      '--init',
      join(first.out, file),
      '--out',
      out,
    );
    expect(again.code, again.output).toBe(0);
    expect(again.output).toContain('22 of 24 tensors');
    expect(again.output).toContain('dense2.weight [2, 256] (there [3, 256])');
  }
}, 120_000);

const refusals: readonly {
  readonly what: string;
  readonly args: (data: string, folder: string) => readonly string[];
  readonly says: readonly string[];
}[] = [
  {
    what: 'a missing folder',
    args: (_, folder) => ['--data', join(folder, 'nowhere')],
    says: ['nowhere', 'not there'],
  },
  { what: 'an unknown model', args: () => ['cnn4x4'], says: ['"cnn4x4"', 'cnn3x3, cnn5x5', 'Did you mean'] },
  {
    what: 'a device that is not there',
    args: () => ['--device', 'cuda'],
    says: ['device cuda', 'npm run install-cuda'],
  },
  {
    what: 'weights that are not there',
    args: () => ['--init', 'none.safetensors'],
    says: ['none.safetensors', 'no such file'],
  },
  { what: 'weights of another kind', args: () => ['--init', 'README.md'], says: ["ending '.md'"] },
  {
    what: 'a run that does not exist',
    args: () => ['--resume', 'runs/none'],
    says: ['runs/none', 'run.json'],
  },
  {
    what: 'options beside --resume',
    args: () => ['--resume', 'runs/none', '--epochs', '3'],
    says: ['--epochs', 'no other option'],
  },
  { what: 'a size too small for its pools', args: () => ['--size', '8'], says: ['maxPool4', 'kernel'] },
  { what: 'a batch of none', args: () => ['--batch', '0'], says: ['positive integer'] },
];

it.each(refusals)(
  'refuses $what in one line, leaving nothing',
  async ({ args, says }) => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    await drawColours(data, { train: 2, val: 1, test: 1 });
    const out = join(folder, 'run');
    const given = args(data, folder);
    const resumes = given.includes('--resume');
    const { code, output } = await runTrain(
      ...(given.includes('--data') || resumes ? [] : ['--data', data]),
      ...(resumes ? [] : ['--out', out]),
      ...given,
    );
    expect(code).toBe(1);
    for (const text of says) expect(output).toContain(text);
    expect(output.trim().split('\n').length, output).toBeLessThanOrEqual(3);
    expect(existsSync(out)).toBe(false);
  },
  60_000,
);

it('names the image that cannot be decoded, before anything is trained', async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  await drawColours(data, { train: 3, val: 1, test: 1 });
  writeFileSync(join(data, 'train', 'red', 'broken.png'), 'not a picture');
  const out = join(folder, 'run');
  const { code, output } = await runTrain('cnn3x3', '--data', data, '--size', '16', '--out', out);
  expect(code).toBe(1);
  expect(output).toContain('broken.png');
  expect(existsSync(out)).toBe(false);
}, 60_000);

it('does not touch a run that is there already', async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  await drawColours(data, { train: 3, val: 1, test: 1 });
  const out = join(folder, 'run');
  mkdirSync(out);
  writeFileSync(join(out, 'run.json'), 'kept');
  const { code, output } = await runTrain('cnn3x3', '--data', data, '--size', '16', '--out', out);
  expect(code).toBe(1);
  expect(output).toContain('a run that is there already');
  expect(readFileSync(join(out, 'run.json'), 'utf8')).toBe('kept');
}, 60_000);

it('refuses to resume when the images are others, or a checkpoint is cut short', async () => {
  const { out, data, code, output } = await trained();
  expect(code, output).toBe(0);
  writeFileSync(join(data, 'train', 'red', 'more.png'), readFileSync(join(data, 'train', 'red', '0.png')));
  const other = await runTrain('--resume', out);
  expect(other.code).toBe(1);
  expect(other.output).toContain('fingerprint');

  rmSync(join(data, 'train', 'red', 'more.png'));
  const last = join(out, 'last.safetensors');
  writeFileSync(last, readFileSync(last).subarray(0, 100_000));
  const short = await runTrain('--resume', out);
  expect(short.code).toBe(1);
  expect(short.output).toContain('last.safetensors');
}, 120_000);

it('ends a run that diverges with an error, saves nothing of it, and can be resumed no further', async () => {
  const { out, code, output } = await trained('--learning-rate', '1000', '--optimizer', 'sgd');
  expect(code).toBe(1);
  expect(output).toMatch(
    /epoch 1, step \d+: expected finite (loss|weights).*lower --learning-rate than 1000/,
  );
  expect(existsSync(join(out, 'model.onnx'))).toBe(false);
  const { tensors } = decodeSafetensors(readFileSync(join(out, 'last.safetensors')), 'last');
  for (const [name, { data }] of tensors) expect(data.every(Number.isFinite), name).toBe(true);
}, 60_000);

it('says what is wrong with a run.json that was changed by hand', async () => {
  const { out, code, output } = await trained();
  expect(code, output).toBe(0);
  const file = join(out, 'run.json');
  const config = readFileSync(file, 'utf8');
  for (const damaged of [
    config.slice(0, 50),
    config.replace('"seed": 1', '"seed": "one"'),
    config.replace('"epochs"', '"epoch"'),
    config.replace('"labelSmoothing": 0,', ''),
  ]) {
    writeFileSync(file, damaged);
    const resumed = await runTrain('--resume', out);
    expect(resumed.code).toBe(1);
    expect(resumed.output).toMatch(/^error: .*run\.json: expected what this version/);
    expect(resumed.output.trim().split('\n')).toHaveLength(1);
  }
}, 60_000);

it('refuses a run.json that lacks anything that decides the run', async () => {
  const { out, code, output } = await trained('--epochs', '1', '--schedule', 'cosine');
  expect(code, output).toBe(0);
  const file = join(out, 'run.json');
  const config: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const open = () => fromArchitecture(RunFolder.open(out).config.architecture);
  expect(open).not.toThrow();
  let count = 0;
  for (const without of eachWithoutAKey(config)) {
    writeFileSync(file, JSON.stringify(without));
    expect(open, JSON.stringify(without)).toThrow(AreographError);
    count += 1;
  }
  // Each layer alone has four, and then its attributes.
  expect(count).toBeGreaterThan(150);
}, 60_000);

/** What is there for the record, or empty: anything may be in it. */
const records = ['environment', 'algorithms'];

/** The value once for each of the keys within it, without that key. */
function* eachWithoutAKey(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      for (const without of eachWithoutAKey(item)) yield value.with(i, without);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
      if (records.includes(key)) continue;
      for (const without of eachWithoutAKey(inner)) yield { ...value, [key]: without };
    }
  }
}
