/** The numbers of WebGPU's kernels: every gradient of a model with layers of every kind is the CPU's. */
import { expect, it } from 'vitest';
import { model } from '../dsl/model.ts';
import { add, concat, input } from '../dsl/tensor.ts';
import { encodeModel } from '../export/onnx.ts';
import { noiseBatch, noiseWeights } from '../export/reference/noise.ts';
import { targets } from '../export/targets.ts';
import { gradientGraph } from '../export/testing/gradientGraph.ts';
import { compile, relativeError, runner } from '../export/testing/run.ts';
import { openSession } from './session.ts';
import { webgpuForTest } from './testing.ts';

const batch = 2;

/** With convolutions from and to 6 and 9 channels, which WebGPU's kernel gets wrong as they are. */
function everyKind() {
  const stem = input(13, 12).conv2d(6, { kernel: 3, bias: false }).batchNorm().relu();
  const wide = stem.conv2d(8, { kernel: 3 }).leakyRelu({ slope: 0.1 }).conv2d(9, { kernel: 5, stride: 2 });
  const pooled = stem.maxPool({ kernel: 3, stride: 2, padding: 1 }).conv2d(9, { kernel: 1 });
  const averaged = wide.averagePool({ kernel: 3, stride: 1, padding: 'same' });
  const joined = concat(add(wide, pooled), averaged).conv2d(4, { kernel: 2 }).batchNorm();
  return model('everyKind', joined.maxPool({ kernel: 2 }).globalAveragePool().dense(5).softmax());
}

it('gradients on WebGPU are those of the CPU', { timeout: 120_000 }, async ({ skip }) => {
  if (!(await webgpuForTest())) return skip();
  const declared = everyKind();
  const feeds = { ...Object.fromEntries(noiseWeights(declared)), ...noiseBatch(declared, batch, 0) };
  const expected = await (await compile(gradientGraph(declared, batch, targets.cpu)))(feeds);
  const graph = gradientGraph(declared, batch, targets.webgpu);
  const session = await openSession(encodeModel(graph), { device: 'webgpu' });
  const found = await runner(graph, session)(feeds);
  const largest = Math.max(...Object.values(expected).map((tensor) => Math.hypot(...tensor)));
  for (const [name, tensor] of Object.entries(expected)) {
    // A bias before batch norm: zero but for rounding.
    if (Math.hypot(...tensor) < 1e-5 * largest) continue;
    expect(relativeError(found[name] ?? [], tensor), name).toBeLessThan(1e-3);
  }
});
