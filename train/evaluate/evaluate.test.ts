import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { zoo } from '../../dsl/zoo.ts';
import { encodeModelFile, readModelMetadata } from '../../export/modelFile.ts';
import { dataOf } from '../../export/namedTensor.ts';
import { decodeInitializers } from '../../export/onnx.ts';
import { noiseWeights } from '../../export/reference/noise.ts';
import { loadClassifier } from '../../runtime/classifier.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { type Dataset, readDataset } from '../data/dataset.ts';
import { failureOf, greyPng, temporaryFolder, writeFiles } from '../data/fixtures.ts';
import { drawColours, runTrain } from '../testing.ts';
import { answersOf, inMemory } from './answers.ts';
import { evaluateRun } from './evaluateRun.ts';
import { type Evaluation, readEvaluation } from './evaluation.ts';
import { sunPictures } from './sunPictures.ts';

const skipped: string[] = [];
beforeEach(() => {
  vi.stubEnv('AREOGRAPH_CACHE', temporaryFolder());
  skipped.length = 0;
});

const trained = mkdtempSync(join(tmpdir(), 'areograph-evaluate-'));
afterAll(() => rmSync(trained, { recursive: true }));

/** A run of a few steps on noise in three colours. */
beforeAll(async () => {
  const data = join(trained, 'images');
  await drawColours(data, { train: 12, val: 30, test: 25 });
  const { code, output } = await runTrain(
    ...['cnn3x3', '--size', '16', '--epochs', '1', '--batch', '12', '--data', data],
    ...['--out', join(trained, 'run')],
  );
  expect(code, output).toBe(0);
});

/** A copy of the run, and of its images, which the run knows in another place. */
function finishedRun() {
  const folder = temporaryFolder();
  cpSync(trained, folder, { recursive: true });
  const run = join(folder, 'run');
  return { folder, data: join(folder, 'images'), run, model: join(run, 'model.onnx') };
}

const evaluate = (run: string, data?: string) =>
  evaluateRun({ run, data, onProgress: () => {}, onSkip: (reason) => skipped.push(reason) });

/** The same weights with another temperature and threshold. */
function calibrated(file: string, temperature: number, energyThreshold: number): void {
  const bytes = readFileSync(file);
  const { architecture, ...about } = readModelMetadata(bytes, file);
  const weights = dataOf(decodeInitializers(bytes, file));
  const options = { ...about, temperature, energyThreshold };
  writeFileSync(file, encodeModelFile(fromArchitecture(architecture), weights, options));
}

/** What the file answers, image by image, at the images' own size: no cache, nothing of this project's sessions. */
async function askedOneByOne(file: string, dataset: Dataset, split: 'val' | 'test') {
  const session = await InferenceSession.create(file);
  const answers = [];
  for (const example of dataset.splits[split]) {
    const { height, width, data } = await decodeImage(example.file);
    const { probabilities, energy } = await session.run({
      image: new Tensor('uint8', data, [1, height, width, 3]),
    });
    answers.push({
      label: example.label,
      row: Array.from(Object.values(probabilities?.data ?? {}), Number),
      energy: Number(energy?.data[0]),
    });
  }
  await session.release();
  return answers;
}

describe('evaluateRun', () => {
  it('measures the exported file, whatever training said', async () => {
    const { data, run, model } = finishedRun();
    const before = await evaluate(run);
    const energies = before.splits.val.images.map(([, , , energy]) => energy).sort((a, b) => a - b);
    const threshold = energies[80] ?? Number.NaN;
    calibrated(model, 1.7, threshold);
    const found = await evaluate(run);
    const dataset = readDataset(data);

    for (const split of ['val', 'test'] as const) {
      const asked = await askedOneByOne(model, dataset, split);
      const scores = found.splits[split];
      const tops = asked.map(({ row }) => row.indexOf(Math.max(...row)));
      const right = tops.filter((top, i) => top === asked[i]?.label).length;
      expect(scores.accuracy).toBe(right / asked.length);
      for (const [i, [label, prediction, confidence, energy, exposure]] of scores.images.entries()) {
        expect([label, prediction, exposure]).toEqual([asked[i]?.label, tops[i], i]);
        expect(confidence).toBeCloseTo(Math.max(...(asked[i]?.row ?? [])), 4);
        expect(energy).toBeCloseTo(asked[i]?.energy ?? Number.NaN, 3);
      }
      const nll = asked.reduce((sum, { row, label }) => sum - Math.log(row[label] ?? 0), 0) / asked.length;
      expect(scores.calibration.fitted.nll).toBeCloseTo(nll, 5);
      expect(scores.calibration.fitted.temperature).toBe(1.7);
      // Whatever temperature the file had before.
      expect(scores.calibration.plain.nll).toBeCloseTo(before.splits[split].calibration.plain.nll, 4);
      expect(scores.calibration.plain.ece).toBeCloseTo(before.splits[split].calibration.plain.ece, 4);
      expect(scores.calibration.fitted.nll).not.toBeCloseTo(scores.calibration.plain.nll, 3);
      const { low, high } = scores.intervals.accuracy;
      expect(low).toBeLessThanOrEqual(scores.accuracy);
      expect(high).toBeGreaterThanOrEqual(scores.accuracy);
      expect(scores.confusion.flat().reduce((a, b) => a + b)).toBe(asked.length);
    }

    // Of 90 images of val, energies 0 to 80 are up to the threshold, as rounded to 5 digits.
    expect(found.model).toMatchObject({ temperature: 1.7, energyThreshold: threshold });
    expect(Math.abs((found.outOfDistribution.falselyDetected.val ?? 0) - 9 / 90)).toBeLessThan(1.5 / 90);
    for (const { detected, energies: others } of found.outOfDistribution.sets) {
      expect(detected).toBeCloseTo(others.filter((energy) => energy > threshold).length / others.length, 1);
    }
    // Training had put its own threshold over 19 of 20.
    expect(Math.abs((before.outOfDistribution.falselyDetected.val ?? 0) - 0.05)).toBeLessThan(1.5 / 90);
    expect(skipped).toHaveLength(2);
  });

  it('says what the run was, and nothing of where', async () => {
    const { run } = finishedRun();
    const found = await evaluate(run);
    expect(JSON.stringify(found)).not.toContain(trained);
    expect(found.config).toMatchObject({ seed: 1, batch: 12, data: { classes: ['blue', 'green', 'red'] } });
    expect(found.epochs).toHaveLength(1);
    expect(found.epochs[0]?.val.accuracy).toBeCloseTo(found.splits.val.accuracy, 9);
    expect(found.data.train).toMatchObject({ images: 36, exposures: 36, sols: null, instruments: {} });
    expect(found.data.train.classes.map(({ images }) => images)).toEqual([12, 12, 12]);
  });

  it('takes the pictures of the sun where they are', async () => {
    const { data, run } = finishedRun();
    const grey = await greyPng(3);
    writeFiles(data, Object.fromEntries(sunPictures.map((name) => [`calibrated/${name}`, grey])));
    const { outOfDistribution } = await evaluate(run, data);
    expect(skipped).toEqual([]);
    const [sun] = outOfDistribution.sets;
    expect(sun?.name).toBe('sun');
    // All of one grey, so all of one energy.
    expect(new Set(sun?.energies).size).toBe(1);
    expect(sun?.energies).toHaveLength(21);
  });

  it('refuses what it cannot measure', async () => {
    const { folder, data, run, model } = finishedRun();
    const copy = (name: string) => {
      const to = join(folder, name);
      cpSync(run, to, { recursive: true });
      return to;
    };
    const codeOf = async (folderOfRun: string, images?: string) =>
      (await failureOf(() => evaluate(folderOfRun, images))).problem;

    const unfinished = copy('unfinished');
    const lines = readFileSync(join(unfinished, 'metrics.jsonl'), 'utf8').split('\n');
    writeFileSync(join(unfinished, 'metrics.jsonl'), `${lines[0]}\n`);
    expect(await codeOf(unfinished)).toMatchObject({ code: 'run', found: '1 of 1 epochs' });

    const bare = copy('bare');
    rmSync(join(bare, 'model.onnx'));
    expect(await codeOf(bare)).toMatchObject({ code: 'run', found: 'no such file' });

    const other = copy('other');
    const small = zoo.baseline({ size: 16, classes: 3 });
    const named = { classes: ['a', 'b', 'c'], provenance: {} };
    writeFileSync(join(other, 'model.onnx'), encodeModelFile(small, noiseWeights(small), named));
    expect(await codeOf(other)).toMatchObject({ code: 'model', found: 'a, b, c' });

    await drawColours(join(folder, 'others'), { train: 2, val: 2, test: 2 });
    expect(await codeOf(run, join(folder, 'others'))).toMatchObject({ code: 'dataset' });
    expect(await codeOf(join(folder, 'nowhere'))).toMatchObject({ code: 'run', found: 'nothing' });

    const first = sunPictures[0] ?? '';
    writeFiles(data, { [`calibrated/${first}`]: readFileSync(model) });
    expect((await codeOf(run, data)).found).toMatch(/^1 of them; missing: /);
  });

  it('wants a file that answers energies', async () => {
    // Exported before there were any.
    const older = fileURLToPath(new URL('../../results/mars/models/cnn3x3.onnx', import.meta.url));
    const classifier = await loadClassifier(older, { device: 'cpu' });
    const image = { height: 64, width: 64, data: new Uint8Array(64 * 64 * 3) };
    const size = { height: 64, width: 64 };
    const { problem } = await failureOf(() =>
      answersOf(classifier, 'old.onnx', inMemory([image]), size, () => {}),
    );
    expect(problem).toMatchObject({ code: 'model', where: 'old.onnx', found: 'probabilities alone' });
    await classifier.release();
  });
});

it('npm run evaluate keeps one file, which reads as it was written', async () => {
  const { folder, run } = finishedRun();
  const out = join(folder, 'results', 'runs', '1.json');
  const script = fileURLToPath(new URL('./evaluateCli.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', script, run, '--out', out],
    { encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/^SKIPPED: .* has no pictures of the sun/m);
  expect(stdout).toMatch(/^val: accuracy .*\ntest: accuracy /m);
  const kept: Evaluation = readEvaluation(out);
  expect(kept).toEqual(await evaluate(run));
  writeFileSync(out, JSON.stringify({ ...kept, format: 2 }));
  const { problem } = await failureOf(() => readEvaluation(out));
  expect(problem).toMatchObject({ code: 'run', where: out });
  writeFileSync(out, '{');
  expect((await failureOf(() => readEvaluation(out))).problem.code).toBe('run');
});
