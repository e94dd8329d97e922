import { describe, expect, it } from 'vitest';
import { fromArchitecture, toArchitecture } from '../dsl/architecture.ts';
import { model, parameters } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { cnn3x3 } from '../dsl/zoo.ts';
import { Graph } from './graph.ts';
import { evaluationGraph } from './inferenceGraph.ts';
import { initialize } from './initialize.ts';
import { encodeModelFile, readModelMetadata } from './modelFile.ts';
import { decodeInitializers, encodeModel } from './onnx.ts';
import { optimizerSchema } from './optimizers.ts';
import { targets } from './targets.ts';
import { stepGraph } from './trainingGraph.ts';

const declared = cnn3x3({ size: 16, classes: 3 });
const weights = initialize(declared, 7);
const about = {
  classes: ['wheel', 'ground', 'Sonne ☀'],
  provenance: { seed: 7, data: 'test', synthetic: true },
};

/** The same bytes; vitest's own comparison takes seconds for a megabyte. */
function same(a: Uint8Array | Float32Array | undefined, b: Uint8Array | Float32Array): boolean {
  return (
    a !== undefined &&
    Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
      Buffer.from(b.buffer, b.byteOffset, b.byteLength),
    )
  );
}

describe('a model file', () => {
  it('says what it holds, and holds the weights as they were', () => {
    const bytes = encodeModelFile(declared, weights, about);
    const metadata = readModelMetadata(bytes, 'model.onnx');
    expect(metadata).toMatchObject({ version: 1, name: 'cnn3x3', ...about });
    expect(fromArchitecture(metadata.architecture).layers.map(({ name }) => name)).toEqual(
      declared.layers.map(({ name }) => name),
    );
    const initializers = decodeInitializers(bytes, 'model.onnx');
    for (const [name, data] of weights) expect(same(initializers.get(name)?.data, data), name).toBe(true);
  });

  it('is the same, byte for byte, from a declaration and from its data', () => {
    const again = fromArchitecture(JSON.parse(JSON.stringify(toArchitecture(declared))));
    expect(same(encodeModelFile(again, weights, about), encodeModelFile(declared, weights, about))).toBe(
      true,
    );
  });

  it('holds weights as float16 in half the bytes, what is one number for a channel as it was', () => {
    const halved = encodeModelFile(declared, weights, { ...about, weightType: 'float16' });
    const { length } = encodeModelFile(declared, weights, about);
    expect(halved.length / length).toBeGreaterThan(0.5);
    expect(halved.length / length).toBeLessThan(0.55);
    const initializers = decodeInitializers(halved, 'model.onnx');
    for (const { name, shape } of parameters(declared)) {
      const data = weights.get(name) ?? new Float32Array();
      const found = initializers.get(name);
      expect(found?.dims).toEqual(shape);
      // A float16 has 11 significant bits down to 2^-14, and steps of 2^-24 below.
      const off = found?.data.some((number, i) => {
        const weight = data[i] ?? Number.NaN;
        return !(Math.abs(number - weight) <= Math.max(Math.abs(weight) * 2 ** -11, 2 ** -25));
      });
      expect(off, name).toBe(false);
      expect(same(found?.data, data), name).toBe(shape.length === 1);
    }
  });

  it('is refused as float16 with weights that this has not', () => {
    const huge = new Map(weights).set('dense1.weight', new Float32Array(256 * 256).fill(1e5));
    expect(() => encodeModelFile(declared, huge, { ...about, weightType: 'float16' })).toThrow(
      /dense1.weight: expected weights of at most 65504.*found 100000/,
    );
  });

  it('is refused with another number of class names, and without weights', () => {
    expect(() => encodeModelFile(declared, weights, { ...about, classes: ['a', 'b'] })).toThrow(
      /expected 3 class names.*found 2/,
    );
    expect(() => encodeModelFile(declared, new Map(), about)).toThrow(
      /conv1.weight needs 864 numbers, found none/,
    );
  });

  it('is not read from what is none, or of another origin', () => {
    const bytes = encodeModelFile(declared, weights, about);
    expect(() => readModelMetadata(new TextEncoder().encode('not a model at all'), 'x.onnx')).toThrow(
      /x\.onnx.*ONNX/,
    );
    expect(() => readModelMetadata(bytes.subarray(0, 5000), 'cut.onnx')).toThrow(/cut\.onnx/);
    const graph = new Graph('foreign');
    graph.output('y', graph.input('x', 'float32', [1]).exp());
    expect(() => readModelMetadata(encodeModel(graph.prune()), 'foreign.onnx')).toThrow(/another origin/);
    expect(() => readModelMetadata(encodeModel(graph, { areograph: '{"version":1' }), 'y.onnx')).toThrow(
      /breaks off/,
    );
    expect(() => readModelMetadata(encodeModel(graph, { areograph: '{"version":9}' }), 'z.onnx')).toThrow(
      /version/,
    );
  });
});

it('is refused for other than three channels, in words for the one who declared it', () => {
  const grey = model('grey', input(16, 16, 1).flatten().dense(2).softmax());
  const options = { batch: 2, optimizer: optimizerSchema.parse({ name: 'sgd' }), target: targets.cpu };
  for (const build of [() => evaluationGraph(grey), () => stepGraph(grey, options)]) {
    expect(build).toThrow(/grey: expected an input of 3 channels.*found 1/);
  }
});
