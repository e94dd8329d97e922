import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cnn3x3, cnn5x5 } from '../dsl/zoo.ts';
import { inferenceGraph } from '../export/inferenceGraph.ts';
import { initialize } from '../export/initialize.ts';
import { encodeModelFile, readModelMetadata } from '../export/modelFile.ts';
import { encodeModel } from '../export/onnx.ts';
import { noiseWeights, uniform } from '../export/reference/noise.ts';
import { type Classifier, classificationSchema, loadClassifier, openClassifier } from './classifier.ts';
import type { RgbImage } from './decode.ts';
import type { Device } from './session.ts';
import { devicesForTest } from './testing.ts';
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

  it('gives the probabilities of float32 weights from a file with float16 weights, on every device', async () => {
    const model = cnn5x5({ size: 32, classes: tinyClasses.length });
    const weights = noiseWeights(model);
    const about = { classes: [...tinyClasses], provenance: {} };
    const session = (bytes: Uint8Array, device: Device) => openClassifier(bytes, { device, threads: 1 }, 'x');
    const images = Array.from({ length: 8 }, (_, i): RgbImage => {
      const data = Uint8Array.from(uniform(`image ${i}`, 32 * 48 * 3), (u) => u * 256);
      return { height: 32, width: 48, data };
    });
    const answers = async (classifier: Classifier) => {
      const found = [];
      for (const each of images) found.push((await classifier.classify(each)).classes);
      return found;
    };
    const expected = await answers(await session(encodeModelFile(model, weights, about), 'cpu'));
    // Far from indifferent: otherwise nothing could be told.
    expect(expected.flat().some(({ probability }) => probability > 0.8)).toBe(true);
    const halved = encodeModelFile(model, weights, { ...about, weightType: 'float16' });
    for (const device of await devicesForTest()) {
      const found = await answers(await session(halved, device));
      for (const [i, classes] of expected.entries()) {
        const of = new Map(found[i]?.map((score) => [score.class, score.probability]));
        for (const score of classes) {
          const error = Math.abs((of.get(score.class) ?? Number.NaN) - score.probability);
          expect(error, `${score.class} of image ${i} on ${device}`).toBeLessThan(1e-2);
        }
      }
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
