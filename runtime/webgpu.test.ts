/** The numbers of WebGPU's kernels: every gradient of models with layers of every kind is the CPU's. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layerRules } from '../dsl/layers.ts';
import { type Model, model } from '../dsl/model.ts';
import { add, concat, ensemble, input, scale } from '../dsl/tensor.ts';
import { arbitraryModel } from '../dsl/testing/arbitraryModel.ts';
import { encodeModel } from '../export/onnx.ts';
import { noiseBatch, noiseLots, noiseWeights } from '../export/reference/noise.ts';
import { targets } from '../export/targets.ts';
import { gradientGraph } from '../export/testing/gradientGraph.ts';
import { compile, relativeError, runner } from '../export/testing/run.ts';
import { openSession } from './session.ts';
import { webgpuForTest } from './testing.ts';

const batch = 2;

/** With convolutions from and to 6 and 9 channels, which WebGPU's kernel gets wrong as they are. */
function plain(): Model {
  const stem = input(13, 12).conv2d(6, { kernel: 3, bias: false }).batchNorm().relu();
  const wide = stem.conv2d(8, { kernel: 3 }).leakyRelu({ slope: 0.1 }).conv2d(9, { kernel: 5, stride: 2 });
  const pooled = stem.maxPool({ kernel: 3, stride: 2, padding: 1 }).conv2d(9, { kernel: 1 });
  const averaged = wide.averagePool({ kernel: 3, stride: 1, padding: 'same' });
  const joined = concat(add(wide, pooled), averaged).conv2d(4, { kernel: 2 }).batchNorm();
  return model('plain', joined.maxPool({ kernel: 2 }).flatten().dropout(0.3).dense(5).softmax());
}

/** With groups of 6 filters, and several strided filters for each channel, which its kernels get wrong too. */
function modern(): Model {
  const stem = input(12, 11).conv2d(12, { kernel: 3 });
  const grouped = stem.conv2d(12, { kernel: 3, groups: 2 }).groupNorm(4).gelu();
  const gated = stem.squeezeExcitation({ reduction: 4 }).layerNorm().silu();
  const dilated = stem.conv2d(12, { kernel: 3, groups: 12, dilation: 2 }).gelu({ approximate: 'tanh' });
  const joined = concat(concat(grouped, gated), dilated);
  const depthwise = joined.conv2d(72, { kernel: 3, groups: 36, stride: 2 });
  const wideGroups = joined.conv2d(12, { kernel: 3, groups: 2, stride: 2 }).sigmoid();
  const scaled = scale(depthwise, depthwise.globalAveragePool().sigmoid());
  const logits = concat(scaled, wideGroups).globalAveragePool().dense(5);
  return model('modern', ensemble([logits, stem.flatten().dense(5)]));
}

const declared = [plain(), modern()];
const models = [...declared, ...fc.sample(arbitraryModel({ maxLayers: 8 }), { seed: 5, numRuns: 6 })];

it('the models have layers of every kind', () => {
  const kinds = new Set(declared.flatMap(({ layers }) => layers.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual(Object.keys(layerRules).sort());
});

it.for(models.map((each, i) => [i, each.name, each] as const))(
  'gradients on WebGPU are those of the CPU: %i, %s',
  { timeout: 120_000 },
  async ([, , tried], { skip }) => {
    if (!(await webgpuForTest())) return skip();
    const feeds = {
      ...Object.fromEntries(noiseWeights(tried)),
      ...noiseLots(tried, batch, 0),
      ...noiseBatch(tried, batch, 0),
    };
    const expected = await (await compile(gradientGraph(tried, batch, targets.cpu)))(feeds);
    const graph = gradientGraph(tried, batch, targets.webgpu);
    const session = await openSession(encodeModel(graph), { device: 'webgpu' });
    const found = await runner(graph, session)(feeds);
    await session.release();
    const largest = Math.max(...Object.values(expected).map((tensor) => Math.hypot(...tensor)));
    for (const [name, tensor] of Object.entries(expected)) {
      // A bias before batch norm: zero but for rounding.
      if (Math.hypot(...tensor) < 1e-5 * largest) continue;
      expect(relativeError(found[name] ?? [], tensor), name).toBeLessThan(1e-3);
    }
  },
);
