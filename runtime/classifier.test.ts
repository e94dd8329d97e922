import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseline, cnn3x3 } from '../dsl/zoo.ts';
import { inferenceGraph } from '../export/inferenceGraph.ts';
import { initialize } from '../export/initialize.ts';
import { encodeModelFile, readModelMetadata } from '../export/modelFile.ts';
import { encodeModel } from '../export/onnx.ts';
import { uniform } from '../export/reference/noise.ts';
import { loadClassifier } from './classifier.ts';
import type { RgbImage } from './image.ts';
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

/** What onnxruntime itself gives for a file and an image. */
async function bare(path: string, { data, height, width }: RgbImage): Promise<number[]> {
  const session = await InferenceSession.create(path);
  const { probabilities } = await session.run({ image: new Tensor('uint8', data, [1, height, width, 3]) });
  if (!(probabilities?.data instanceof Float32Array)) throw new Error('no probabilities');
  return [...probabilities.data];
}

describe('loadClassifier', () => {
  it('gives every class the probability that the bare session gives it', async () => {
    const expected = await bare(file, image);
    // Untrained, but not indifferent: otherwise a wrong order could not be told.
    expect(new Set(expected).size).toBe(3);
    const classifier = await loadClassifier(file, options);
    expect(classifier.description).toEqual({
      name: 'cnn3x3',
      classes: tinyClasses,
      input: { height: 32, width: 32 },
      explainable: true,
      temperature: 1,
      mirror: false,
      givesEnergy: true,
      provenance: {},
    });
    expect((await classifier.predict([image])).map(({ probabilities }) => [...probabilities])).toEqual([
      expected,
    ]);
    expect(await classifier.predict([])).toEqual([]);
  });

  it('gives images of any sizes together what it gives each alone', async () => {
    const images = [
      [32, 32],
      [40, 50],
      [200, 31],
      [1, 7],
      [256, 256],
    ].map(([height = 0, width = 0], i): RgbImage => {
      const data = Uint8Array.from(uniform(`size ${i}`, height * width * 3), (u) => u * 256);
      return { height, width, data };
    });
    const together = await (await loadClassifier(file, options)).predict(images);
    expect(together).toHaveLength(images.length);
    for (const [i, each] of images.entries()) {
      const alone = await bare(file, each);
      for (const [c, value] of alone.entries()) {
        // Sums of a batch are in another order.
        expect(
          Math.abs((together[i]?.probabilities[c] ?? Number.NaN) - value),
          `class ${c} of image ${i}`,
        ).toBeLessThan(1e-6);
      }
    }
    expect(new Set(together.map(({ probabilities }) => probabilities.join())).size).toBe(images.length);
  });

  it('explains what it sees, and says of a dense network that it cannot', async () => {
    const classifier = await loadClassifier(file, options);
    const map = await classifier.explain(image, 1);
    const size = Math.sqrt(map.values.length);
    expect(map).toMatchObject({ height: size, width: size });
    expect(size).toBeGreaterThan(1);
    expect(Math.max(...map.values)).toBe(1);
    expect((await classifier.explain(image, 2)).values).not.toEqual(map.values);

    const dense = baseline({ size: 32, classes: 3 });
    const about = { classes: [...tinyClasses], provenance: {} };
    const path = await write('dense.onnx', encodeModelFile(dense, initialize(dense, 1), about));
    const baselineClassifier = await loadClassifier(path, options);
    expect(baselineClassifier.description.explainable).toBe(false);
    await expect(baselineClassifier.explain(image, 1)).rejects.toMatchObject({ code: 'explain' });
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
    await expect(classifier.predict([image])).rejects.toMatchObject({
      code: 'model',
      problem: { found: 'NaN' },
    });
  });
});
