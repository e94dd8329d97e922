/** Held against the same file opened by onnxruntime-node's CPU provider, and against PyTorch. */
import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { zoo } from '../../dsl/zoo.ts';
import { featureGraph } from '../../export/featureGraph.ts';
import { encodeModelFile } from '../../export/modelFile.ts';
import { encodeModel } from '../../export/onnx.ts';
import { noiseBatch, noiseWeights } from '../../export/reference/noise.ts';
import { pythonForTest } from '../../export/reference/python.ts';
import { torchFeatures } from '../../export/reference/torchFeatures.ts';
import { relativeError } from '../../export/testing/run.ts';
import type { RgbImage } from '../../runtime/image.ts';
import { nodeRuntime } from '../../runtime/session.ts';
import { openPreprocessing } from '../../train/preprocess.ts';
import { understand } from './understanding.ts';

const model = zoo.cnn3to5({ size: 32, classes: 5 });
const weights = noiseWeights(model);
const classes = ['a', 'b', 'c', 'd', 'e'];
// What its answers are made with, its layers know nothing of.
const answering = { temperature: 2, mirror: true, energyThreshold: -1 };
const bytes = encodeModelFile(model, weights, { classes, provenance: {}, ...answering });
const opened = () => understand({ bytes, where: 'noise' }, nodeRuntime({ device: 'wasm', threads: 1 }));

describe('what a layer gives', () => {
  it('is what PyTorch gives, for layers of each kind in turn', async ({ skip }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    const [reference] = torchFeatures(python, [[model, 'conv1']], 1);
    const image: RgbImage = { height: 32, width: 32, data: noiseBatch(model, 1, 0).images };
    const understanding = opened();
    const kinds = new Map(model.layers.map((layer) => [layer.kind, layer]));
    for (const { name, shape } of kinds.values()) {
      const { dims, values } = await understanding.features(image, name);
      expect(dims, name).toEqual(shape.slice(1));
      expect(relativeError(values, reference?.activations[name] ?? []), name).toBeLessThan(1e-4);
    }
    await understanding.release();
  });

  it('is of the image as the model resizes it', async () => {
    const image: RgbImage = {
      height: 50,
      width: 70,
      data: Uint8Array.from({ length: 50 * 70 * 3 }, (_, i) => (i * i) % 251),
    };
    const pixels = await (await openPreprocessing(model.input)).preprocess(image);
    const graph = encodeModel(featureGraph(model, weights, ['relu2']));
    const session = await nodeRuntime({ device: 'cpu' }).openSession(graph, 'reference');
    const { relu2 } = await session.run({ images: new Tensor('uint8', pixels, [1, 32, 32, 3]) });
    const understanding = opened();
    const { values } = await understanding.features(image, 'relu2');
    expect(relativeError(values, relu2?.data instanceof Float32Array ? relu2.data : [])).toBeLessThan(1e-4);
    // A second time, by the session that was kept.
    expect((await understanding.features(image, 'relu2')).values).toEqual(values);
    await understanding.release();
  });

  it('is refused by name for a layer that is not there, and others still answer', async () => {
    const understanding = opened();
    const image: RgbImage = { height: 1, width: 1, data: new Uint8Array(3) };
    await expect(understanding.features(image, 'relu22')).rejects.toThrow('Did you mean relu2?');
    expect((await understanding.features(image, 'softmax1')).dims).toEqual([5]);
    await understanding.release();
  });
});

it('the filters are the weights in the file', () => {
  const { layer, about, filters } = opened().filters();
  expect({ layer, about }).toEqual({ layer: 'conv1', about: '32 filters of 3×3' });
  expect(Float32Array.of(...filters.flatMap((filter) => [...filter]))).toEqual(weights.get('conv1.weight'));
});
