/** The energies of model files, held against PyTorch and against what is worked out by hand. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { model } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { cnn3x3 } from '../dsl/zoo.ts';
import { Graph, type Value } from '../export/graph.ts';
import { encodeModelFile, readModelMetadata } from '../export/modelFile.ts';
import { encodeModel } from '../export/onnx.ts';
import { noiseBatch, noiseWeights, uniform } from '../export/reference/noise.ts';
import { pythonForTest } from '../export/reference/python.ts';
import { torchFeatures } from '../export/reference/torchFeatures.ts';
import { brightness, brightnessModel } from './brightnessModel.ts';
import { loadClassifier, openClassifier } from './classifier.ts';
import type { RgbImage } from './image.ts';
import { outOfDistribution } from './outOfDistribution.ts';
import { devicesForTest } from './testing.ts';

const devices = await devicesForTest();

const options = { device: 'cpu', threads: 1 } as const;
const classes = ['wheel', 'ground', 'horizon'];
const open = (bytes: Uint8Array) => openClassifier({ where: 'x.onnx', bytes }, options);

function grey(level: number, height: number, width: number): RgbImage {
  return { height, width, data: new Uint8Array(height * width * 3).fill(level) };
}

const logSumExp = (logits: readonly number[]) =>
  Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));

describe('a prediction', () => {
  it("has the energy of PyTorch's logits, whatever the temperature, and probabilities that it divides", async ({
    skip,
  }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    const declared = cnn3x3({ size: 32, classes: 3 });
    const [reference] = torchFeatures(python, [[declared, 'conv1']], 4);
    const head = reference?.activations['dense2'] ?? new Float32Array();
    const { images } = noiseBatch(declared, 4, 0);
    const pictures = Array.from({ length: 4 }, (_, i) => {
      const data = images.slice((i * images.length) / 4, ((i + 1) * images.length) / 4);
      return { height: 32, width: 32, data };
    });
    for (const temperature of [1, 2.5]) {
      const about = { classes, provenance: {}, temperature };
      const classifier = await open(encodeModelFile(declared, noiseWeights(declared), about));
      expect(classifier.description).toMatchObject({ temperature, mirror: false, givesEnergy: true });
      expect(classifier.description).not.toHaveProperty('energyThreshold');
      for (const [i, { probabilities, energy }] of (await classifier.predict(pictures)).entries()) {
        const logits = [...head.subarray(3 * i, 3 * i + 3)];
        expect(energy).toBeCloseTo(-logSumExp(logits), 4);
        const total = logSumExp(logits.map((logit) => logit / temperature));
        for (const [c, logit] of logits.entries()) {
          expect(probabilities[c]).toBeCloseTo(Math.exp(logit / temperature - total), 5);
        }
      }
      await classifier.release();
    }
  });

  it('is of the mean of the logits of an image and its mirror image, where the file says so', async () => {
    const [height, width] = [5, 4];
    const declared = model('dense', input(height, width, 3).flatten().dense(3).softmax());
    const weights = noiseWeights(declared);
    const data = Uint8Array.from(uniform('picture', height * width * 3), (u) => u * 256);
    /** Row-major weights over planes [3, H, W], as the pixels come one after the other. */
    const logitOf = (c: number, columnOf: (column: number) => number) => {
      let sum = weights.get('dense1.bias')?.[c] ?? Number.NaN;
      for (const [p, level] of data.entries()) {
        const [row, column, channel] = [Math.floor(p / (3 * width)), Math.floor(p / 3) % width, p % 3];
        const at = ((c * 3 + channel) * height + row) * width + columnOf(column);
        sum += (weights.get('dense1.weight')?.[at] ?? Number.NaN) * (level / 63.75 - 2);
      }
      return sum;
    };
    const energies: (number | undefined)[] = [];
    for (const mirror of [false, true]) {
      const classifier = await open(encodeModelFile(declared, weights, { classes, provenance: {}, mirror }));
      expect(classifier.description).toMatchObject({ temperature: 1, mirror });
      const logits = classes.map((_, c) => {
        const plain = logitOf(c, (column) => column);
        return mirror ? (plain + logitOf(c, (column) => width - 1 - column)) / 2 : plain;
      });
      const [answer] = await classifier.predict([{ height, width, data }]);
      expect(answer?.energy).toBeCloseTo(-logSumExp(logits), 5);
      expect(answer?.probabilities[0]).toBeCloseTo(Math.exp((logits[0] ?? 0) - logSumExp(logits)), 5);
      energies.push(answer?.energy);
    }
    expect(Math.abs((energies[0] ?? 0) - (energies[1] ?? 0))).toBeGreaterThan(0.01);
  });

  it.each(devices)(
    'tells images that are unlike those of training, alone and together, on %s',
    async (device) => {
      const source = { where: 'x.onnx', bytes: brightnessModel() };
      const classifier = await openClassifier(source, { device, threads: 1 });
      const { temperature, threshold: energyThreshold } = brightness;
      expect(classifier.description).toMatchObject({ temperature, mirror: true, energyThreshold });
      const levels = [0, 120, 125, 255];
      const images = levels.map((level, i) => grey(level, 8 + i, 9 * (i + 1)));
      const alone = await Promise.all(images.map(async (image) => (await classifier.predict([image]))[0]));
      for (const found of [alone, await classifier.predict(images)]) {
        const detected = found.map((each) => outOfDistribution(classifier.description, each ?? {})?.detected);
        expect(detected).toEqual([true, true, false, false]);
        for (const [i, level] of levels.entries()) {
          expect(found[i]?.energy).toBeCloseTo(brightness.energyOf(level), 4);
          for (const [c, probability] of brightness.probabilities.entries()) {
            expect(found[i]?.probabilities[c]).toBeCloseTo(probability, 5);
          }
        }
      }
      await classifier.release();
    },
  );
});

it('the explanation of a class knows neither temperature nor mirror image', async () => {
  const declared = cnn3x3({ size: 32, classes: 3 });
  const about = { classes, provenance: {} };
  const data = Uint8Array.from(uniform('explained', 32 * 32 * 3), (u) => u * 256);
  const explain = async (bytes: Uint8Array) => {
    const classifier = await open(bytes);
    return classifier.explain({ height: 32, width: 32, data }, 1);
  };
  const calibrated = { ...about, temperature: 3, mirror: true, energyThreshold: 0 };
  expect(await explain(encodeModelFile(declared, noiseWeights(declared), calibrated))).toEqual(
    await explain(encodeModelFile(declared, noiseWeights(declared), about)),
  );
});

describe('a file without energies', () => {
  const folder = fileURLToPath(new URL('../results/mars/models', import.meta.url));

  it.each(readdirSync(folder))('%s, exported before there were any, answers as ever', async (name) => {
    const classifier = await loadClassifier(join(folder, name), options);
    expect(classifier.description).toMatchObject({ temperature: 1, mirror: false, givesEnergy: false });
    const [answer] = await classifier.predict([grey(90, 64, 64)]);
    expect(Object.keys(answer ?? {})).toEqual(['probabilities']);
    expect(answer?.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(outOfDistribution(classifier.description, answer ?? {})).toBeUndefined();
    await classifier.release();
  });
});

describe('a graph that has the metadata of another', () => {
  /** The brightness model's metadata on a graph of even probabilities. */
  function graphWith(energyOf?: (means: Value) => Value): Uint8Array {
    const graph = new Graph('other');
    const image = graph.input('image', 'uint8', ['N', 'height', 'width', 3]).cast('float32');
    const channels = image.mean([1, 2]);
    graph.output('probabilities', channels.mul(0).apply('Softmax', { axis: 1 }));
    if (energyOf !== undefined) graph.output('energy', energyOf(channels));
    const metadata = JSON.stringify(readModelMetadata(brightnessModel(), 'brightness'));
    return encodeModel(graph.prune(), { areograph: metadata });
  }

  it('answers, if it has the outputs that these promise', async () => {
    const classifier = await open(graphWith((means) => means.mean([1])));
    const [answer] = await classifier.predict([grey(10, 8, 8)]);
    expect(answer?.energy).toBeCloseTo(10, 4);
  });

  it.each<[string, ((means: Value) => Value) | undefined]>([
    ['no energy', undefined],
    ['an energy for each class', (means) => means],
  ])('is refused with a threshold and %s', async (_, energyOf) => {
    const attempt = open(graphWith(energyOf));
    await expect(attempt).rejects.toMatchObject({ name: 'AreographError', code: 'model' });
    await expect(attempt).rejects.toThrow(
      /x.onnx: expected an output energy: float32 \[N\], for which its metadata have a threshold, found prob/,
    );
  });

  it('does not pass off NaN as an energy', async () => {
    // Of black the mean is 0, and log 0 - log 0 is NaN.
    const classifier = await open(graphWith((means) => means.mean([1]).log().mul(0)));
    expect((await classifier.predict([grey(10, 8, 8)]))[0]?.energy).toBe(0);
    await expect(classifier.predict([grey(10, 8, 8), grey(0, 8, 8)])).rejects.toMatchObject({
      code: 'model',
      problem: { found: 'NaN', where: 'x.onnx' },
    });
  });
});

describe('a model of another origin', () => {
  /** The mean of each colour, from 0 to 1, as three logits, or what the network itself makes probabilities of. */
  async function openForeign(output: 'logits' | 'probabilities') {
    const graph = new Graph('foreign');
    const means = graph.input('x', 'float32', ['N', 3, 4, 4]).mean([2, 3]);
    graph.output('y', output === 'logits' ? means : means.apply('Softmax', { axis: 1 }));
    const described = { classes, input: { height: 4, width: 4 }, output };
    const sidecar = { where: 'x.json', text: JSON.stringify(described) };
    return openClassifier({ where: 'x.onnx', bytes: encodeModel(graph.prune()), sidecar }, options);
  }
  const orange: RgbImage = {
    height: 6,
    width: 5,
    data: Uint8Array.from({ length: 90 }, (_, i) => [255, 102, 0][i % 3] ?? 0),
  };

  it('has an energy where it gives logits, and no threshold', async () => {
    const classifier = await openForeign('logits');
    expect(classifier.description).toMatchObject({ temperature: 1, mirror: false, givesEnergy: true });
    const [answer] = await classifier.predict([orange]);
    expect(answer?.energy).toBeCloseTo(-Math.log(Math.exp(1) + Math.exp(0.4) + 1), 6);
    expect(outOfDistribution(classifier.description, answer ?? {})).toBeUndefined();
  });

  it('has none where it gives probabilities', async () => {
    const classifier = await openForeign('probabilities');
    expect(classifier.description.givesEnergy).toBe(false);
    expect(Object.keys((await classifier.predict([orange]))[0] ?? {})).toEqual(['probabilities']);
  });
});
