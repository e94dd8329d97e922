/** Static quantisation by images: of a trained model on drawings, and what is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mean } from 'd3-array';
import { beforeEach, expect, it, vi } from 'vitest';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { zoo } from '../../dsl/zoo.ts';
import { encodeModelFile, readModelMetadata } from '../../export/modelFile.ts';
import { noiseWeights } from '../../export/reference/noise.ts';
import { type Dataset, readDataset } from '../data/dataset.ts';
import { failureOf, temporaryFolder } from '../data/fixtures.ts';
import type { PixelCache } from '../data/pixelCache.ts';
import { projectRoot } from '../data/projectRoot.ts';
import { drawSyntheticDataset } from '../data/synthetic.ts';
import { drawColours } from '../testing.ts';
import { accuracyOf, agreementOf } from './agreement.ts';
import { answersOf, openSplit } from './answersOf.ts';
import { quantizeStatically } from './calibrate.ts';

beforeEach(() => {
  vi.stubEnv('AREOGRAPH_CACHE', temporaryFolder());
});

const quiet = () => {};

async function opened<T>(dataset: Dataset, size: number, use: (val: PixelCache) => Promise<T>): Promise<T> {
  const val = await openSplit(dataset, 'val', { height: size, width: size }, quiet);
  try {
    return await use(val);
  } finally {
    val.close();
  }
}

it('a trained model answers nearly as before, in the form that val likes best', {
  timeout: 180_000,
}, async () => {
  const folder = join(temporaryFolder(), 'drawings');
  await drawSyntheticDataset(folder);
  const file = join(projectRoot, 'results', 'mars', 'models', 'cnn3x3.onnx');
  const bytes = readFileSync(file);
  const { input } = fromArchitecture(readModelMetadata(bytes, file).architecture);
  await opened(readDataset(folder), input.height, async (val) => {
    const {
      bytes: quantised,
      chosen,
      candidates,
      images,
    } = await quantizeStatically(bytes, file, val, quiet);
    expect(images).toBe(val.count);
    expect(candidates.length).toBe(6);
    expect(chosen.accuracy).toBe(Math.max(...candidates.map(({ accuracy }) => accuracy)));
    expect(candidates.find(({ accuracy }) => accuracy === chosen.accuracy)).toEqual(chosen);
    const before = await answersOf(bytes, file, input, val, quiet);
    const after = await answersOf(quantised, file, input, val, quiet);
    expect(accuracyOf(after, val.labels)).toBe(chosen.accuracy);
    expect(agreementOf(before, after)).toBeGreaterThan(0.9);
    // Drawings are strange to it, so that it wavers: single probabilities move further.
    const changes = before.flatMap((row, i) =>
      [...row].map((value, c) => Math.abs(value - (after[i]?.[c] ?? NaN))),
    );
    expect(mean(changes)).toBeLessThan(0.005);
    expect(mean(changes)).toBeGreaterThan(0);

    const { classes, provenance, quantized } = readModelMetadata(quantised, file);
    const source = readModelMetadata(bytes, file);
    expect(quantized).toBe(true);
    expect(classes).toEqual(source.classes);
    expect(provenance).toEqual({
      ...source.provenance,
      quantization: `int8; ranges of ${100 * chosen.share} % of each activation on 144 images of val`,
    });
  });
});

const classes = ['blue', 'green', 'red'];

async function colours(val: number): Promise<Dataset> {
  const folder = temporaryFolder();
  await drawColours(folder, { train: 1, val, test: 1 });
  return readDataset(folder);
}

it('refuses to quantise without images of val', async () => {
  const model = zoo.cnn3x3({ size: 16, classes: 3 });
  const bytes = encodeModelFile(model, noiseWeights(model), { classes, provenance: {} });
  const dataset = await colours(1);
  const none = { ...dataset, splits: { ...dataset.splits, val: [] } };
  await opened(none, 16, async (val) => {
    const { problem } = await failureOf(() => quantizeStatically(bytes, 'x.onnx', val, quiet));
    expect(problem).toMatchObject({ code: 'dataset', where: 'val', found: 'none' });
  });
});

it('refuses a model whose activations have no finite range, and names the layer', async () => {
  const model = zoo.cnn3x3({ size: 16, classes: 3 });
  const weights = noiseWeights(model);
  weights.set('bn2.bias', (weights.get('bn2.bias') ?? new Float32Array()).fill(Number.POSITIVE_INFINITY));
  const bytes = encodeModelFile(model, weights, { classes, provenance: {} });
  await opened(await colours(1), 16, async (val) => {
    const { problem } = await failureOf(() => quantizeStatically(bytes, 'x.onnx', val, quiet));
    expect(problem).toMatchObject({ code: 'model', where: 'relu2', found: 'NaN to NaN' });
  });
});
