/** Which layers compute in integers, and whose outputs are rounded, told by hand. */
import { expect, it } from 'vitest';
import { type Model, model } from '../../dsl/model.ts';
import { add, concat, input } from '../../dsl/tensor.ts';
import { planQuantization } from './plan.ts';

/** Names: those with int8 weights, and those that are rounded with the layer whose range they have. */
function planOf(declared: Model, ...float32: string[]) {
  const { weighted, rounded } = planQuantization(declared, new Set(float32));
  return {
    weighted: [...weighted].map(({ name }) => name),
    rounded: Object.fromEntries([...rounded].map(([layer, by]) => [layer.name, by.name])),
  };
}

it('a ReLU rounds for what it follows, pooling and flattening keep steps, dropout nothing, logits are float32', () => {
  const plain = model(
    'plain',
    input(8, 8)
      .conv2d(4, { kernel: 3 })
      .relu()
      .maxPool({ kernel: 2 })
      .flatten()
      .dense(5)
      .relu()
      .dropout(0.5)
      .dense(2)
      .softmax(),
  );
  expect(planOf(plain)).toEqual({
    weighted: ['conv1', 'dense1', 'dense2'],
    rounded: {
      input: 'input',
      relu1: 'relu1',
      maxPool1: 'relu1',
      flatten1: 'relu1',
      relu2: 'relu2',
    },
  });
  // Neither the image nor the last hidden layer is rounded for layers that compute in float32.
  expect(planOf(plain, 'conv1', 'dense2')).toEqual({
    weighted: ['dense1'],
    rounded: { relu1: 'relu1', maxPool1: 'relu1', flatten1: 'relu1' },
  });
});

it('sums and concatenations are integers where integers read them', () => {
  const image = input(8, 8);
  const stem = image.conv2d(4, { kernel: 3 }).relu();
  const branch = stem.conv2d(4, { kernel: 3, name: 'branch' });
  const sum = add(branch, stem).relu({ name: 'afterSum' });
  const both = concat(sum, stem).conv2d(4, { kernel: 1, name: 'last' });
  const shortcut = add(both, branch).relu({ name: 'end' });
  const declared = model('residual', shortcut.globalAveragePool().dense(2).softmax());
  expect(planOf(declared)).toEqual({
    weighted: ['conv1', 'branch', 'last', 'dense1'],
    rounded: {
      input: 'input',
      relu1: 'relu1',
      // Read by the sum, and by the last sum.
      branch: 'branch',
      afterSum: 'afterSum',
      concat1: 'concat1',
      last: 'last',
      // The last sum and what follows are float32 up to the means that the dense layer reads.
      globalAveragePool1: 'globalAveragePool1',
    },
  });
});

it('layers without integer kernels stay float32, and what they give is rounded for those that have them', () => {
  const declared = model(
    'gated',
    input(8, 8)
      .conv2d(4, { kernel: 3 })
      .layerNorm()
      .silu()
      .conv2d(4, { kernel: 3 })
      .averagePool({ kernel: 2 })
      .flatten()
      .dense(2)
      .softmax(),
  );
  expect(planOf(declared)).toEqual({
    weighted: ['conv1', 'conv2', 'dense1'],
    rounded: {
      input: 'input',
      // Convolutions give integers, whoever reads them.
      conv1: 'conv1',
      silu1: 'silu1',
      conv2: 'conv2',
      averagePool1: 'averagePool1',
      flatten1: 'averagePool1',
    },
  });
});

it('with every layer in float32 nothing is rounded', () => {
  const declared = model('all', input(4, 4).conv2d(2, { kernel: 3 }).relu().flatten().dense(2).softmax());
  expect(planOf(declared, 'conv1', 'dense1')).toEqual({ weighted: [], rounded: {} });
});
