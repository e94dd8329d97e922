/** Whole architectures, branches and joins included: every gradient against PyTorch, and between lowerings. */
import { describe, expect, it } from 'vitest';
import { type Model, model } from '../dsl/model.ts';
import { add, concat, input, scale } from '../dsl/tensor.ts';
import { noiseBatch, noiseWeights } from './reference/noise.ts';
import { pythonForTest } from './reference/python.ts';
import { askTorch, referenceSchema } from './reference/torch.ts';
import { targets } from './targets.ts';
import { gradientGraph } from './testing/gradientGraph.ts';
import { compile, relativeError } from './testing/run.ts';

const batch = 4;

function residual(): Model {
  const stem = input(16, 16).conv2d(8, { kernel: 3, bias: false }).batchNorm().relu();
  const inner = stem
    .conv2d(8, { kernel: 3, bias: false })
    .batchNorm()
    .relu()
    .conv2d(8, { kernel: 3, bias: false });
  const joined = add(inner.batchNorm(), stem).relu();
  const down = add(
    joined.conv2d(12, { kernel: 3, stride: 2, bias: false }).batchNorm(),
    joined.conv2d(12, { kernel: 1, stride: 2 }),
  );
  return model('residual', down.leakyRelu({ slope: 0.1 }).globalAveragePool().dense(5).softmax());
}

function branches(): Model {
  const stem = input(15, 13).conv2d(6, { kernel: 5, stride: 2, padding: 1 }).leakyRelu();
  const pooled = stem.maxPool({ kernel: 3, stride: 1, padding: 1 }).conv2d(4, { kernel: 1 });
  const averaged = stem.averagePool({ kernel: 3, stride: 1, padding: 'same' });
  const joined = concat(concat(pooled, averaged), stem.conv2d(5, { kernel: 4 }).relu());
  return model(
    'branches',
    joined
      .maxPool({ kernel: 2, padding: 'same' })
      .flatten()
      .dense(9)
      .relu()
      .dense(5, { bias: false })
      .softmax(),
  );
}

/** All that may stand between a convolution and its max-pool, where gradients are kept at pooled size. */
function beforePooling(): Model {
  const first = input(17, 17)
    .conv2d(6, { kernel: 3 })
    .batchNorm()
    .leakyRelu({ slope: 0.3 })
    .batchNorm()
    .relu()
    .maxPool({ kernel: 2 });
  const twice = add(first, first.conv2d(6, { kernel: 3, bias: false }).batchNorm()).relu();
  // Two consumers of the same value, one of them a pool with overlapping windows.
  const pooled = twice.maxPool({ kernel: 3, stride: 2, padding: 1 });
  const other = twice.averagePool({ kernel: 2, padding: 'same' });
  return model(
    'beforePooling',
    concat(pooled, other).relu().maxPool({ kernel: 2 }).flatten().dense(5).softmax(),
  );
}

/** Each newer layer between a convolution and a max-pool, whose windows tile its input, overlap, or leave a rest. */
function modernBeforePooling(): Model {
  const stem = input(18, 17).conv2d(8, { kernel: 3 });
  const tiled = { kernel: 2 };
  const overlapping = { kernel: 3, stride: 2, padding: 1 } as const;
  const small = concat(
    concat(stem.groupNorm(4).gelu().maxPool(tiled), stem.silu().layerNorm().gelu().maxPool(tiled)),
    concat(
      stem.conv2d(8, { kernel: 3, groups: 8, dilation: 2 }).silu().maxPool(tiled),
      stem.squeezeExcitation({ reduction: 4 }).maxPool(tiled),
    ),
  );
  const mixed = small.conv2d(12, { kernel: 1, groups: 4 });
  const pooled = concat(
    concat(mixed.sigmoid().maxPool(overlapping), mixed.groupNorm(1).maxPool(overlapping)),
    concat(
      mixed.gelu({ approximate: 'tanh' }).batchNorm().maxPool(overlapping),
      scale(mixed, mixed.globalAveragePool().sigmoid()).silu().maxPool(overlapping),
    ),
  );
  return model('modernBeforePooling', pooled.globalAveragePool().layerNorm().gelu().dense(5).softmax());
}

describe.each([residual, branches, beforePooling, modernBeforePooling])('%o', (declare) => {
  const declared = declare();
  const weights = noiseWeights(declared);

  async function gradients(target: keyof typeof targets) {
    const run = await compile(gradientGraph(declared, batch, targets[target]));
    const { loss, ...found } = await run({
      ...Object.fromEntries(weights),
      ...noiseBatch(declared, batch, 0),
    });
    return { loss: loss?.[0] ?? Number.NaN, found };
  }

  it('has the loss and the gradients of PyTorch', async ({ skip }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    const optimizers = { sgd: { name: 'sgd', lr: 0.1, momentum: 0 } } as const;
    const answer = referenceSchema.parse(
      askTorch(python, declared, { batch, steps: 1, samples: null, optimizers }),
    );
    const { loss, found } = await gradients('cpu');
    expect(loss).toBeCloseTo(answer.runs['sgd']?.losses[0] ?? Number.NaN, 4);
    expect(Object.keys(found)).toHaveLength(Object.keys(answer.gradients).length);
    // Where a gradient is zero but for rounding (a bias before batch norm), only its size can be compared.
    const largest = Math.max(...Object.values(answer.gradients).map(({ norm }) => norm));
    for (const [name, { data, norm }] of Object.entries(answer.gradients)) {
      const ours = found[`${name}.gradient`] ?? new Float32Array();
      if (norm < 1e-5 * largest) expect(Math.hypot(...ours), name).toBeLessThan(1e-5 * largest);
      else expect(relativeError(ours, data), name).toBeLessThan(1e-4);
    }
  });

  it('has the same gradients where max-pools compare windows', async () => {
    const [indices, windows] = [await gradients('cpu'), await gradients('webgpu')];
    const norms = Object.values(indices.found).map((gradient) => Math.hypot(...gradient));
    for (const [name, gradient] of Object.entries(indices.found)) {
      if (Math.hypot(...gradient) < 1e-5 * Math.max(...norms)) continue;
      expect(relativeError(windows.found[name] ?? [], gradient), name).toBeLessThan(1e-4);
    }
  });
});
