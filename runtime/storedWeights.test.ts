/** Weights that are stored smaller: the answers they give, and that a run computes nothing of them again. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { cnn3x3, cnn5x5 } from '../dsl/zoo.ts';
import { inferenceGraph } from '../export/inferenceGraph.ts';
import { encodeModelFile, withWeightType } from '../export/modelFile.ts';
import { dataOf } from '../export/namedTensor.ts';
import { decodeInitializers, encodeModel } from '../export/onnx.ts';
import { foldBatchNorms } from '../export/quantization/foldBatchNorms.ts';
import { noiseWeights, uniform } from '../export/reference/noise.ts';
import { someRanges } from '../export/testing/quantizedGraph.ts';
import { openClassifier } from './classifier.ts';
import type { Device } from './session.ts';
import { devicesForTest } from './testing.ts';
import { tinyClasses } from './tinyModel.ts';

const devices = await devicesForTest();

const images = Array.from({ length: 8 }, (_, i) => ({
  height: 32,
  width: 48,
  data: Uint8Array.from(uniform(`image ${i}`, 32 * 48 * 3), (u) => u * 256),
}));

/** Probabilities of all images, one after the other. */
async function answers(bytes: Uint8Array, device: Device): Promise<number[]> {
  const classifier = await openClassifier({ where: 'x', bytes }, { device, threads: 1 });
  const found: number[] = [];
  for (const each of images) {
    const [answer] = await classifier.predict([each]);
    found.push(...(answer?.probabilities ?? []));
  }
  await classifier.release();
  return found;
}

function largestDifference(found: readonly number[], expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs((found[i] ?? Number.NaN) - value)));
}

it.each([
  ['float16', 1e-2],
  ['int8', 5e-2],
] as const)(
  'a file with %s weights answers as one with float32 weights, on every device',
  async (weightType, most) => {
    const model = cnn5x5({ size: 32, classes: tinyClasses.length });
    const weights = noiseWeights(model);
    const about = { classes: [...tinyClasses], provenance: {} };
    const expected = await answers(encodeModelFile(model, weights, about), 'cpu');
    // Far from indifferent: otherwise nothing could be told.
    expect(Math.max(...expected)).toBeGreaterThan(0.8);
    const smaller = encodeModelFile(model, weights, { ...about, weightType });
    // What the rounding of the weights alone comes to; devices differ by less.
    const rounded = encodeModelFile(model, dataOf(decodeInitializers(smaller, 'x')), about);
    const ofRounded = await answers(rounded, 'cpu');
    expect(largestDifference(ofRounded, expected)).toBeGreaterThan(1e-4);
    for (const device of devices) {
      const found = await answers(smaller, device);
      expect(largestDifference(found, expected), device).toBeLessThan(most);
      expect(largestDifference(found, ofRounded), device).toBeLessThan(1e-4);
    }
  },
);

it.each(['float16', 'int8'] as const)(
  'a file with %s weights is explained by them as they were rounded',
  async (weightType) => {
    const model = cnn3x3({ size: 32, classes: tinyClasses.length });
    const about = { classes: [...tinyClasses], provenance: {} };
    const whole = encodeModelFile(model, noiseWeights(model), about);
    const smaller = withWeightType(whole, 'x', weightType);
    const [image] = images;
    if (image === undefined) throw new Error('there are images');
    const explain = async (bytes: Uint8Array) => {
      const classifier = await openClassifier({ where: 'x', bytes }, { device: 'cpu', threads: 1 });
      const maps = [];
      for (const c of tinyClasses.keys()) maps.push(...(await classifier.explain(image, c)).values);
      return maps;
    };
    const found = await explain(smaller);
    expect(found).toEqual(await explain(withWeightType(smaller, 'x', 'float32')));
    expect(found).not.toEqual(await explain(whole));
  },
);

describe('a quantised file', () => {
  const model = cnn3x3({ size: 32, classes: tinyClasses.length });
  const about = { classes: [...tinyClasses], provenance: {} };
  const folded = foldBatchNorms({ model, weights: noiseWeights(model) });
  const quantization = { ranges: someRanges(folded.model) };
  const quantised = encodeModelFile(folded.model, folded.weights, { ...about, quantization });

  it('answers alike on every device, and not as its rounded weights alone do', async () => {
    const expected = await answers(quantised, 'cpu');
    const ofRounded = await answers(withWeightType(quantised, 'x', 'float32'), 'cpu');
    expect(Math.max(...expected)).toBeGreaterThan(0.6);
    expect(largestDifference(expected, ofRounded)).toBeGreaterThan(1e-4);
    for (const device of devices) {
      expect(largestDifference(await answers(quantised, device), expected), device).toBeLessThan(0.05);
    }
  });

  it('is explained by its weights as they were rounded', async () => {
    const [image] = images;
    if (image === undefined) throw new Error('there are images');
    const explain = async (bytes: Uint8Array) => {
      const classifier = await openClassifier({ where: 'x', bytes }, { device: 'cpu', threads: 1 });
      expect(classifier.description).toMatchObject({ name: 'cnn3x3', explainable: true });
      return (await classifier.explain(image, 1)).values;
    };
    expect(await explain(quantised)).toEqual(await explain(withWeightType(quantised, 'x', 'float32')));
  });
});

// onnxruntime-web has no files to write to; it is the same code.
it.each(devices.filter((device) => device !== 'wasm'))(
  'what onnxruntime makes of smaller weights on %s when it opens a model are float32 ones',
  async (device) => {
    const model = cnn3x3({ size: 32, classes: 3 });
    const weights = noiseWeights(model);
    const folder = mkdtempSync(join(tmpdir(), 'areograph-stored-'));
    const optimizedBytes = async (weightType: 'float32' | 'float16' | 'int8') => {
      const optimizedModelFilePath = join(folder, `${weightType}.onnx`);
      const bytes = encodeModel(inferenceGraph(model, weights, { weightType }));
      const session = await InferenceSession.create(bytes, {
        executionProviders: [device],
        optimizedModelFilePath,
        logSeverityLevel: 3,
      });
      await session.release();
      return statSync(optimizedModelFilePath).size;
    };
    try {
      const whole = await optimizedBytes('float32');
      for (const weightType of ['float16', 'int8'] as const) {
        // The names of values differ, by a few bytes each.
        expect(Math.abs((await optimizedBytes(weightType)) / whole - 1), weightType).toBeLessThan(0.01);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
