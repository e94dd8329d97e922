/** Quantised graphs: what they store, that onnxruntime computes them in integers, and how near they come. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { layerParameters, type Model, model, parameters } from '../../dsl/model.ts';
import { add, input } from '../../dsl/tensor.ts';
import { arbitraryModel } from '../../dsl/testing/arbitraryModel.ts';
import { thrownBy } from '../../dsl/testing/thrownBy.ts';
import { checkGraph } from '../checkGraph.ts';
import { inferenceGraph } from '../inferenceGraph.ts';
import { decodeInitializers, encodeModel } from '../onnx.ts';
import { noiseBatch, noiseWeights } from '../reference/noise.ts';
import { someRanges } from '../testing/quantizedGraph.ts';
import { compile } from '../testing/run.ts';
import { foldBatchNorms } from './foldBatchNorms.ts';
import { planQuantization } from './plan.ts';

/** A stem, a residual block with a strided shortcut, and one without, pooled and dense: what is served is of this kind. */
function residual(): Model {
  const stem = input(16, 16).conv2d(8, { kernel: 3, stride: 2, bias: false }).batchNorm().relu();
  const block = (x: typeof stem) => {
    const inner = x.conv2d(8, { kernel: 3, bias: false }).batchNorm().relu();
    return add(inner.conv2d(8, { kernel: 3, bias: false }).batchNorm(), x).relu();
  };
  const features = block(block(stem)).maxPool({ kernel: 2 }).conv2d(6, { kernel: 1, bias: true });
  return model('residual', features.globalAveragePool().dropout(0.2).dense(3).softmax());
}

const folded = foldBatchNorms({ model: residual(), weights: noiseWeights(residual()) });
const ranges = someRanges(folded.model);

const eventSchema = z.array(z.object({ args: z.object({ op_name: z.string() }).partial().optional() }));

/** How often each operator ran, by onnxruntime's own profile of one run. */
async function operatorsRun(bytes: Uint8Array, declared: Model): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'areograph-profile-'));
  try {
    const session = await InferenceSession.create(bytes, {
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
      logSeverityLevel: 3,
    });
    const { images } = noiseBatch(declared, 1, 1);
    const { height, width } = declared.input;
    await session.run({ image: new Tensor('uint8', images, [1, height, width, 3]) });
    session.endProfiling();
    await session.release();
    return counted(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Out of the only file in a folder. */
function counted(folder: string): Record<string, number> {
  const [file, ...others] = readdirSync(folder);
  if (file === undefined || others.length > 0) throw new Error('onnxruntime writes one profile');
  const events = eventSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const counts: Record<string, number> = {};
  for (const name of events.flatMap(({ args }) => args?.op_name ?? []))
    counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

it('onnxruntime computes every convolution, sum and dense layer in integers', async () => {
  const bytes = encodeModel(inferenceGraph(folded.model, folded.weights, { quantization: { ranges } }));
  const operators = await operatorsRun(bytes, folded.model);
  expect(operators).toMatchObject({ QLinearConv: 6, QLinearAdd: 2, QGemm: 1 });
  expect(operators['Conv'] ?? operators['FusedConv'] ?? operators['Gemm']).toBeUndefined();
  // The image is rounded, and the means; all else goes from integers to integers.
  expect(operators['QuantizeLinear']).toBe(2);
});

it('onnxruntime computes in float32 what is to, and in integers for both of an image and its mirror image', async () => {
  const { model: declared, weights } = folded;
  const quantization = { ranges, float32: new Set(['conv1', 'dense1']) };
  const operators = await operatorsRun(
    encodeModel(inferenceGraph(declared, weights, { quantization, mirror: true })),
    declared,
  );
  expect(operators).toMatchObject({ QLinearConv: 10, QLinearAdd: 4, Gemm: 2 });
  expect((operators['Conv'] ?? 0) + (operators['FusedConv'] ?? 0)).toBe(2);
});

describe('what is stored', () => {
  const decoded = decodeInitializers(
    encodeModel(inferenceGraph(folded.model, folded.weights, { quantization: { ranges } })),
    'residual',
  );

  it('stands for each weight within half a step of its channel', () => {
    for (const { name, shape } of parameters(folded.model)) {
      const found = decoded.get(name);
      const weights = folded.weights.get(name) ?? new Float32Array();
      expect(found?.dims).toEqual(shape);
      if (shape.length === 1) continue;
      const size = weights.length / (shape[0] ?? 1);
      for (let first = 0; first < weights.length; first += size) {
        const channel = weights.subarray(first, first + size);
        const most = (Math.max(...channel.map(Math.abs)) / 127) * 0.5001;
        for (const [i, weight] of channel.entries()) {
          expect(Math.abs((found?.data[first + i] ?? Number.NaN) - weight)).toBeLessThanOrEqual(most);
        }
      }
    }
  });

  it('holds biases in steps of input scale times weight scale', () => {
    for (const [layer, inputScale] of [
      ['conv1', 10 / 255],
      ['dense1', 10 / 255],
    ] as const) {
      const weights = folded.weights.get(`${layer}.weight`) ?? new Float32Array();
      const biases = folded.weights.get(`${layer}.bias`) ?? new Float32Array();
      const size = weights.length / biases.length;
      for (const [channel, bias] of biases.entries()) {
        const largest = Math.max(...weights.subarray(channel * size, (channel + 1) * size).map(Math.abs));
        const step = (inputScale * largest) / 127;
        const found = decoded.get(`${layer}.bias`)?.data[channel] ?? Number.NaN;
        expect(Math.abs(found - bias)).toBeLessThanOrEqual(step * 0.5001 + Math.abs(bias) * 1e-6);
        expect(Math.abs(found / step - Math.round(found / step))).toBeLessThan(1e-2);
      }
    }
  });

  it('holds a bias that is large beside its weights, such as that of a channel of zeros', () => {
    const declared = model(
      'one',
      input(1, 1).conv2d(3, { kernel: 1, bias: true }).flatten().dense(2).softmax(),
    );
    const weights = noiseWeights(declared)
      .set('conv1.weight', Float32Array.of(0, 0, 0, 1e-12, 0, 0, 0, 0, 0))
      .set('conv1.bias', Float32Array.of(1.5, -2, 0));
    const bytes = encodeModel(
      inferenceGraph(declared, weights, { quantization: { ranges: someRanges(declared) } }),
    );
    const found = decodeInitializers(bytes, 'one').get('conv1.bias')?.data ?? new Float32Array();
    for (const [channel, bias] of [1.5, -2, 0].entries()) expect(found[channel]).toBeCloseTo(bias, 6);
  });
});

it('integers come to what the same rounding comes to in float32', async () => {
  const graph = inferenceGraph(folded.model, folded.weights, { quantization: { ranges } });
  const { height, width } = folded.model.input;
  const { images } = noiseBatch(folded.model, 8, 2);
  const answers = async (options: InferenceSession.SessionOptions) => {
    const session = await InferenceSession.create(encodeModel(graph), { ...options, logSeverityLevel: 3 });
    const { probabilities } = await session.run({
      image: new Tensor('uint8', images, [8, height, width, 3]),
    });
    await session.release();
    return Float32Array.from(probabilities?.data ?? [], Number);
  };
  const found = await answers({});
  const expected = await answers({ graphOptimizationLevel: 'disabled' });
  expect(Math.max(...expected)).toBeGreaterThan(0.5);
  for (const [i, value] of expected.entries()) expect(Math.abs((found[i] ?? NaN) - value)).toBeLessThan(0.02);
});

it('any model can be quantised: it answers, and its weights can be read', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryModel({ ensembles: true }), fc.boolean(), async (drawn, spared) => {
      const { model: declared, weights } = foldBatchNorms({ model: drawn, weights: noiseWeights(drawn) });
      const last = [...planQuantization(declared).weighted].at(-1)?.name;
      const quantization = {
        ranges: someRanges(declared),
        float32: new Set(spared && last !== undefined ? [last] : []),
      };
      const graph = inferenceGraph(declared, weights, { quantization });
      checkGraph(graph);
      const { images: image } = noiseBatch(declared, 2, 1);
      const { height, width } = declared.input;
      const shapes = { image: [2, height, width, 3] };
      const { probabilities = [] } = await (await compile(graph, 1))({ image }, shapes);
      const sum = [...probabilities].reduce((total, each) => total + each, 0);
      expect(sum).toBeCloseTo(2, 4);
      const decoded = decodeInitializers(encodeModel(graph), 'drawn');
      for (const { name, shape } of declared.layers.flatMap((layer) => layerParameters(layer))) {
        expect(decoded.get(name)?.dims, name).toEqual(shape);
      }
    }),
    { numRuns: 60 },
  );
});

it('refuses ranges that are missing or not finite, and names the layer', () => {
  const quantised = (changed: ReadonlyMap<string, { low: number; high: number }>) =>
    inferenceGraph(folded.model, folded.weights, { quantization: { ranges: changed } });
  const without = new Map(ranges);
  without.delete('relu1');
  expect(thrownBy(() => quantised(without)).problem).toMatchObject({ code: 'model', where: 'relu1' });
  const infinite = new Map(ranges).set('relu1', { low: 0, high: Number.POSITIVE_INFINITY });
  expect(thrownBy(() => quantised(infinite)).problem).toMatchObject({
    code: 'model',
    where: 'relu1',
    found: '0 to Infinity',
  });
});
