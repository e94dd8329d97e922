import { describe, expect, it } from 'vitest';
import { fromArchitecture, toArchitecture } from '../dsl/architecture.ts';
import { model, parameters } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { cnn3x3 } from '../dsl/zoo.ts';
import { Graph, type Value } from './graph.ts';
import { evaluationGraph } from './inferenceGraph.ts';
import { initialize } from './initialize.ts';
import { encodeModelFile, readModelMetadata, withWeightType } from './modelFile.ts';
import { decodeInitializers, encodeModel, storedType } from './onnx.ts';
import { optimizerSchema } from './optimizers.ts';
import { foldBatchNorms } from './quantization/foldBatchNorms.ts';
import { targets } from './targets.ts';
import { someRanges } from './testing/quantizedGraph.ts';
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

  it('says how it answers, also when its weights are stored as another type', () => {
    const answer = { temperature: 1.7, mirror: true, energyThreshold: -2.5 };
    const bytes = encodeModelFile(declared, weights, { ...about, ...answer });
    expect(readModelMetadata(bytes, 'model.onnx')).toMatchObject(answer);
    const smaller = withWeightType(bytes, 'model.onnx', 'float16');
    expect(readModelMetadata(smaller, 'model.onnx')).toEqual(readModelMetadata(bytes, 'model.onnx'));
    expect(
      same(smaller, encodeModelFile(declared, weights, { ...about, ...answer, weightType: 'float16' })),
    ).toBe(true);
    const plain = readModelMetadata(encodeModelFile(declared, weights, about), 'model.onnx');
    expect(plain).toMatchObject({ temperature: 1, mirror: false });
    expect(plain.energyThreshold).toBeUndefined();
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

  it('holds weights as int8 in a quarter of the bytes, each within half a step of its output channel', () => {
    const quarter = encodeModelFile(declared, weights, { ...about, weightType: 'int8' });
    const { length } = encodeModelFile(declared, weights, about);
    expect(quarter.length / length).toBeGreaterThan(0.25);
    expect(quarter.length / length).toBeLessThan(0.31);
    const initializers = decodeInitializers(quarter, 'model.onnx');
    expect([...initializers.keys()].filter((name) => name.endsWith('.scale'))).toEqual([]);
    for (const { name, shape } of parameters(declared)) {
      const data = weights.get(name) ?? new Float32Array();
      const found = initializers.get(name);
      expect(found?.dims).toEqual(shape);
      expect(same(found?.data, data), name).toBe(shape.length === 1);
      if (shape.length === 1) continue;
      // The first axis is that of the outputs: filters of a convolution, units of a dense layer.
      const size = data.length / (shape[0] ?? 1);
      for (let first = 0; first < data.length; first += size) {
        const channel = data.subarray(first, first + size);
        const most = (Math.max(...channel.map(Math.abs)) / 127) * 0.5001;
        const errors = channel.map((weight, i) => Math.abs((found?.data[first + i] ?? Number.NaN) - weight));
        expect(Math.max(...errors), name).toBeLessThanOrEqual(most);
      }
    }
  });

  it('is refused as float16 or int8 with weights that these have not', () => {
    const withDense = (weight: number) =>
      new Map(weights).set('dense1.weight', new Float32Array(256 * 256).fill(weight));
    expect(() => encodeModelFile(declared, withDense(1e5), { ...about, weightType: 'float16' })).toThrow(
      /dense1.weight: expected weights of at most 65504.*found 100000/,
    );
    expect(() => encodeModelFile(declared, withDense(Number.NaN), { ...about, weightType: 'int8' })).toThrow(
      /dense1.weight: expected finite weights, found NaN/,
    );
  });

  it('is the same with its weights stored as another type as if it had been exported so', () => {
    const whole = encodeModelFile(declared, weights, about);
    for (const weightType of ['float32', 'float16', 'int8'] as const) {
      const exported = encodeModelFile(declared, weights, { ...about, weightType });
      expect(same(withWeightType(whole, 'model.onnx', weightType), exported), weightType).toBe(true);
      expect(same(withWeightType(exported, 'model.onnx', weightType), exported), weightType).toBe(true);
      const back = withWeightType(exported, 'model.onnx', 'float32');
      expect(readModelMetadata(back, 'model.onnx')).toEqual(readModelMetadata(whole, 'model.onnx'));
      expect(decodeInitializers(back, 'model.onnx').get('conv2.weight')).toEqual(
        decodeInitializers(exported, 'model.onnx').get('conv2.weight'),
      );
    }
  });

  it('keeps with weights of another type how its logits become an answer', () => {
    const calibrated = { ...about, temperature: 1.5, mirror: true, energyThreshold: -3.25 };
    const whole = encodeModelFile(declared, weights, calibrated);
    for (const weightType of ['float16', 'int8'] as const) {
      const smaller = withWeightType(whole, 'model.onnx', weightType);
      expect(same(smaller, encodeModelFile(declared, weights, { ...calibrated, weightType }))).toBe(true);
      expect(readModelMetadata(smaller, 'model.onnx')).toMatchObject(calibrated);
    }
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

describe('int8 weights of other origin', () => {
  const values = Int8Array.of(10, -20, 30, 40);
  /** A graph that computes with weights `w` and their scales, and what is read of it. */
  function read(use: (graph: Graph, weights: Value) => Value) {
    const graph = new Graph('foreign');
    const weights = graph.constant('int8', [2, 2], values, 'w');
    graph.output('y', graph.input('x', 'float32', [2, 2]).add(use(graph, weights)));
    return decodeInitializers(encodeModel(graph.prune()), 'foreign.onnx');
  }
  const scales = (graph: Graph, name: string, dims: readonly number[], ...data: readonly number[]) =>
    graph.constant('float32', dims, Float32Array.from(data), name);

  it('are read where the graph multiplies them by their scale for each output channel', () => {
    const found = read((graph, w) => w.cast('float32').mul(scales(graph, 'w.scale', [2, 1], 0.5, 2)));
    expect([...found]).toEqual([['w', { dims: [2, 2], data: Float32Array.of(5, -10, 60, 80) }]]);
  });

  it.each<[string, (graph: Graph, weights: Value) => Value]>([
    ['for each input', (graph, w) => w.cast('float32').mul(scales(graph, 'w.scale', [1, 2], 0.5, 2))],
    ['of another name', (graph, w) => w.cast('float32').mul(scales(graph, 's', [2, 1], 0.5, 2))],
    [
      'after a zero point',
      (graph, w) =>
        w
          .cast('float32')
          .sub(3)
          .mul(scales(graph, 'w.scale', [2, 1], 1, 2)),
    ],
    [
      'beside another, which is the one',
      (graph, w) =>
        w
          .cast('float32')
          .mul(scales(graph, 's', [2, 1], 0.5, 2))
          .add(scales(graph, 'w.scale', [2, 1], 1, 1)),
    ],
    ['that divides', (graph, w) => w.cast('float32').div(scales(graph, 'w.scale', [2, 1], 0.5, 2))],
    ['that is not there', (_, w) => w.cast('float32')],
  ])('are left out with a scale %s', (_, use) => {
    expect(read(use).has('w')).toBe(false);
  });
});

describe('int8 and int32 initializers that DequantizeLinear scales', () => {
  const values = Int8Array.of(10, -20, 30, 40);
  function read(use: (graph: Graph, weights: Value) => Value) {
    const graph = new Graph('foreign');
    const weights = graph.constant('int8', [2, 2], values, 'w');
    graph.output('y', graph.input('x', 'float32', [2, 2]).add(use(graph, weights)));
    return decodeInitializers(encodeModel(graph.prune()), 'foreign.onnx');
  }
  const dequantized = (axis: number, scale: string, ...zeros: readonly number[]) => {
    return (graph: Graph, w: Value) => {
      const scales = graph.constant('float32', [2], Float32Array.of(0.5, 2), scale);
      return w.apply(
        'DequantizeLinear',
        { axis },
        scales,
        graph.constant('int8', [2], Int8Array.from(zeros)),
      );
    };
  };

  it('are read where the scales are of the output channels and the zero points 0', () => {
    const found = read(dequantized(0, 'w.scale', 0, 0));
    expect([...found]).toEqual([['w', { dims: [2, 2], data: Float32Array.of(5, -10, 60, 80) }]]);
    const graph = new Graph('bias');
    const scales = graph.constant('float32', [2], Float32Array.of(0.5, 2), 'b.scale');
    const sums = graph.constant('int32', [2], Int32Array.of(300, -7), 'b');
    const bias = sums.apply('DequantizeLinear', { axis: 0 }, scales);
    graph.output('y', graph.input('x', 'float32', [2]).add(bias));
    const read32 = decodeInitializers(encodeModel(graph.prune()), 'bias.onnx');
    expect([...read32]).toEqual([['b', { dims: [2], data: Float32Array.of(150, -14) }]]);
  });

  it.each([
    ['scales are of the inputs', dequantized(1, 'w.scale', 0, 0)],
    ['scales have another name', dequantized(0, 's', 0, 0)],
    ['zero points are others', dequantized(0, 'w.scale', 0, 3)],
  ])('are left out where %s', (_, use) => expect(read(use).has('w')).toBe(false));
});

describe('a quantised model file', () => {
  const folded = foldBatchNorms({ model: declared, weights });
  const quantization = { ranges: someRanges(folded.model) };
  const bytes = encodeModelFile(folded.model, folded.weights, {
    ...about,
    temperature: 2,
    mirror: true,
    energyThreshold: -3,
    quantization,
  });

  it('says so, and all that another says; its architecture is the folded one', () => {
    const metadata = readModelMetadata(bytes, 'int8.onnx');
    expect(metadata).toMatchObject({
      ...about,
      name: 'cnn3x3',
      temperature: 2,
      mirror: true,
      energyThreshold: -3,
      quantized: true,
    });
    expect(metadata.architecture).toEqual(toArchitecture(folded.model));
    const plain = encodeModelFile(declared, weights, about);
    expect(readModelMetadata(plain, 'float32.onnx').quantized).toBeUndefined();
    expect(bytes.length / plain.length).toBeLessThan(0.31);
  });

  it('computes in float32 again, with its rounded weights, when these are stored as another type', () => {
    const back = withWeightType(bytes, 'int8.onnx', 'float32');
    expect(readModelMetadata(back, 'float32.onnx')).toMatchObject({ temperature: 2, mirror: true });
    expect(readModelMetadata(back, 'float32.onnx').quantized).toBeUndefined();
    const stored = decodeInitializers(bytes, 'int8.onnx');
    const widened = decodeInitializers(back, 'float32.onnx');
    for (const { name } of parameters(folded.model)) expect(widened.get(name)).toEqual(stored.get(name));
  });
});

it('the type that an initializer is stored in can be asked for', () => {
  for (const weightType of ['float32', 'float16', 'int8'] as const) {
    const bytes = encodeModelFile(declared, weights, { ...about, weightType });
    expect(storedType(bytes, 'model.onnx', 'conv2.weight')).toBe(weightType);
    expect(storedType(bytes, 'model.onnx', 'bn2.weight')).toBe('float32');
    expect(storedType(bytes, 'model.onnx', 'none')).toBeUndefined();
  }
});

it('is refused for other than three channels, in words for the one who declared it', () => {
  const grey = model('grey', input(16, 16, 1).flatten().dense(2).softmax());
  const options = { batch: 2, optimizer: optimizerSchema.parse({ name: 'sgd' }), target: targets.cpu };
  for (const build of [() => evaluationGraph(grey), () => stepGraph(grey, options)]) {
    expect(build).toThrow(/grey: expected an input of 3 channels.*found 1/);
  }
});
