import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cnn3x3 } from '../dsl/zoo.ts';
import { inferenceGraph } from '../export/inferenceGraph.ts';
import { initialize } from '../export/initialize.ts';
import { encodeModelFile, readModelMetadata } from '../export/modelFile.ts';
import { encodeModel } from '../export/onnx.ts';
import { classificationSchema, loadClassifier } from './classifier.ts';
import type { RgbImage } from './decode.ts';
import { tinyClasses, tinyModel, tinyModelFolder } from './tinyModel.ts';

let folder = '';
let file = '';
beforeAll(async () => {
  ({ folder, file } = await tinyModelFolder());
});
afterAll(() => rm(folder, { recursive: true }));

/** Differs in height, width and every channel, so that a swapped axis shows. */
const image: RgbImage = {
  height: 40,
  width: 50,
  data: Uint8Array.from({ length: 40 * 50 * 3 }, (_, i) => (i * i * 7 + (i % 3) * 80) % 256),
};
const options = { device: 'cpu', threads: 1 } as const;

async function write(name: string, bytes: Uint8Array | string): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

describe('loadClassifier', () => {
  it('gives every class the probability that the bare session gives it, the most probable first', async () => {
    const session = await InferenceSession.create(file);
    const { probabilities } = await session.run({ image: new Tensor('uint8', image.data, [1, 40, 50, 3]) });
    const expected = tinyClasses.map((name, i) => [name, Number(probabilities?.data[i])] as const);
    // Untrained, but not indifferent: otherwise a wrong order could not be told.
    expect(new Set(expected.map(([, probability]) => probability)).size).toBe(3);

    const found = await (await loadClassifier(file, options)).classify(image);
    expect(classificationSchema.strict().parse(found)).toEqual(found);
    expect(new Map(found.classes.map((score) => [score.class, score.probability]))).toEqual(
      new Map(expected),
    );
    const sorted = found.classes.map(({ probability }) => probability);
    expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
    expect(found.top).toEqual(found.classes[0]);
  });

  it('says what is wrong with a file that is no model of ours', async () => {
    const model = cnn3x3({ size: 32, classes: 3 });
    const foreign = encodeModel(inferenceGraph(model, initialize(model, 1)));
    const metadata = readModelMetadata(tinyModel(), 'tiny');
    const twoNames = { areograph: JSON.stringify({ ...metadata, classes: ['wheel', 'ground'] }) };
    const mismatched = encodeModel(inferenceGraph(model, initialize(model, 1)), twoNames);
    for (const [path, found] of [
      [join(folder, 'missing.onnx'), /found no such file/],
      [folder, /found a folder/],
      [await write('text.onnx', 'no model'), /expected an ONNX model/],
      [await write('foreign.onnx', foreign), /another origin/],
      [await write('mismatched.onnx', mismatched), /float32 \[N, 2\].*found probabilities: float32 \[N, 3\]/],
    ] as const) {
      const attempt = loadClassifier(path, options);
      await expect(attempt, path).rejects.toMatchObject({ name: 'AreographError', code: 'model' });
      await expect(attempt, path).rejects.toThrow(found);
      await expect(attempt, path).rejects.toThrow(path);
    }
  });

  it('does not pass off NaN as a probability', async () => {
    const model = cnn3x3({ size: 32, classes: 3 });
    const weights = initialize(model, 1);
    for (const data of weights.values()) data.fill(Number.NaN);
    const diverged = await write(
      'diverged.onnx',
      encodeModelFile(model, weights, { classes: [...tinyClasses], provenance: {} }),
    );
    const classifier = await loadClassifier(diverged, options);
    await expect(classifier.classify(image)).rejects.toMatchObject({
      code: 'model',
      problem: { found: 'NaN' },
    });
  });
});
