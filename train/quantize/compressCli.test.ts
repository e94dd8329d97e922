import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { zoo } from '../../dsl/zoo.ts';
import { encodeModelFile, readModelMetadata } from '../../export/modelFile.ts';
import { storedType } from '../../export/onnx.ts';
import { noiseWeights } from '../../export/reference/noise.ts';
import { openClassifier } from '../../runtime/classifier.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { readDataset } from '../data/dataset.ts';
import { temporaryFolder, writeFiles } from '../data/fixtures.ts';
import { drawColours } from '../testing.ts';
import { readCompressResults, weightForms } from './compressResults.ts';
import { sha256 } from './int8Results.ts';
import { latencySettingNames } from './latency.ts';

const script = fileURLToPath(new URL('./compressCli.ts', import.meta.url));
const command = ['--import', 'tsx', script];

it('measures every form of a model on val and test, keeps the figures, and the files', async () => {
  const folder = temporaryFolder();
  await drawColours(join(folder, 'images'), { train: 1, val: 10, test: 5 });
  const model = zoo.cnn3x3({ size: 16, classes: 3 });
  const classes = ['blue', 'green', 'red'];
  const about = { classes, provenance: {}, weightType: 'float16' as const };
  const bytes = encodeModelFile(model, noiseWeights(model), about);
  writeFiles(folder, { 'colours.onnx': bytes });
  const [out, saved] = [join(folder, 'new', 'compress.json'), join(folder, 'saved')];
  const output = execFileSync(
    process.execPath,
    [
      ...command,
      join(folder, 'colours.onnx'),
      ...['--data', join(folder, 'images'), '--out', out, '--save', saved, '--rounds', '2'],
    ],
    { encoding: 'utf8', env: { ...process.env, AREOGRAPH_CACHE: join(folder, 'cache') } },
  );
  expect(output).toMatch(/\nfloat32 .*\nfloat16 .*\nint8-weights .*\nint8-static /);

  const results = readCompressResults(out);
  expect(results.model).toEqual({ name: 'cnn3x3', sha256: sha256(bytes), source: 'float16' });
  expect(results.data).toMatchObject({ name: 'images', val: 30, test: 15 });
  expect(results.rows.map(({ weights }) => weights)).toEqual(weightForms);
  expect(readdirSync(saved).sort()).toEqual(weightForms.map((form) => `colours.${form}.onnx`).sort());

  const dataset = readDataset(join(folder, 'images'));
  const answersOf = async (file: Uint8Array, split: 'val' | 'test') => {
    const classifier = await openClassifier({ where: 'x', bytes: file }, { device: 'cpu' });
    const answers: Float32Array[] = [];
    for (const image of dataset.splits[split]) {
      const predictions = await classifier.predict([await decodeImage(image.file)]);
      answers.push(...predictions.map(({ probabilities }) => probabilities));
    }
    return answers;
  };
  const tops = (answers: readonly Float32Array[]) => answers.map((row) => row.indexOf(Math.max(...row)));
  const share = (found: readonly number[], expected: readonly number[]) =>
    found.filter((top, image) => top === expected[image]).length / found.length;
  const labels = (split: 'val' | 'test') => dataset.splits[split].map(({ label }) => label);
  const own = await answersOf(bytes, 'val');
  for (const row of results.rows) {
    const path = join(saved, `colours.${row.weights}.onnx`);
    const file = readFileSync(path);
    expect(row.bytes).toBe(statSync(path).size);
    const onVal = await answersOf(file, 'val');
    expect(row.val).toBe(share(tops(onVal), labels('val')));
    expect(row.test).toBe(share(tops(await answersOf(file, 'test')), labels('test')));
    expect(row.agreement).toBe(share(tops(onVal), tops(own)));
    const changes = onVal.flatMap((answer, i) =>
      [...answer].map((value, c) => Math.abs(value - (own[i]?.[c] ?? Number.NaN))),
    );
    expect(row.largestChange).toBeCloseTo(Math.max(...changes), 5);
    for (const setting of latencySettingNames) {
      expect(row.latencyMs[setting].median).toBeGreaterThan(0);
      if (row.weights === 'float16') expect(row.latencyMs[setting].ratio).toBe(1);
    }
  }
  const stored = weightForms.map((form) => {
    const file = readFileSync(join(saved, `colours.${form}.onnx`));
    return [storedType(file, form, 'dense1.weight'), readModelMetadata(file, form).quantized];
  });
  expect(stored).toEqual([
    ['float32', undefined],
    ['float16', undefined],
    ['int8', undefined],
    ['int8', true],
  ]);
});

it('says where the model is missing', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'none.onnx');
  const { status, stderr } = spawnSync(
    process.execPath,
    [...command, file, '--out', join(folder, 'x.json')],
    {
      encoding: 'utf8',
    },
  );
  expect(status).toBe(1);
  expect(stderr).toContain(`error: ${file}: expected a model file`);
});
