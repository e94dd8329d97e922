/** A folded model computes what the whole one does, whatever its layers. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Model, model, parameters } from '../../dsl/model.ts';
import { add, input } from '../../dsl/tensor.ts';
import { arbitraryModel } from '../../dsl/testing/arbitraryModel.ts';
import { evaluationGraph } from '../inferenceGraph.ts';
import { noiseBatch, noiseWeights, uniform } from '../reference/noise.ts';
import { compile, relativeError } from '../testing/run.ts';
import type { Weights } from '../weights.ts';
import { foldBatchNorms } from './foldBatchNorms.ts';

/** Running variances from 0.1 to 2.1. */
function weightsOf(declared: Model): Map<string, Float32Array> {
  const weights = noiseWeights(declared);
  for (const { name, role } of parameters(declared)) {
    const data = weights.get(name);
    if (role === 'running_var' && data !== undefined) {
      weights.set(
        name,
        uniform(name, data.length).map((u) => 0.1 + 2 * u),
      );
    }
  }
  return weights;
}

async function answers(declared: Model, weights: Weights) {
  const run = await compile(evaluationGraph(declared), 1);
  const { images } = noiseBatch(declared, 4, 1);
  return run({ images, ...Object.fromEntries(weights) });
}

/** Whether there is something to take in; of random models, every sixth. */
function folds({ layers }: Model): boolean {
  return layers.some(({ kind, inputs: [from] }) => kind === 'batchNorm' && from?.kind === 'conv2d');
}

it('any model gives the same probabilities and energies, to 1e-5', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryModel().filter(folds), async (drawn) => {
      const weights = weightsOf(drawn);
      const folded = foldBatchNorms({ model: drawn, weights });
      expect(parameters(folded.model).map(({ name }) => name)).toEqual(
        expect.arrayContaining([...folded.weights.keys()]),
      );
      const expected = await answers(drawn, weights);
      const found = await answers(folded.model, folded.weights);
      for (const output of ['probabilities', 'energy']) {
        expect(relativeError(found[output] ?? [], expected[output] ?? [])).toBeLessThan(1e-5);
      }
    }),
    { numRuns: 40 },
  );
});

it('takes in a batch norm after a convolution with or without bias, and no other', () => {
  const image = input(8, 8);
  const shared = image.conv2d(4, { kernel: 3, bias: false, name: 'shared' });
  const normed = add(shared.batchNorm({ name: 'beside' }), shared);
  const declared = model(
    'some',
    normed
      .batchNorm({ name: 'afterSum' })
      .conv2d(4, { kernel: 3, bias: true, name: 'biased' })
      .batchNorm({ name: 'afterBiased' })
      .batchNorm({ name: 'again' })
      .conv2d(4, { kernel: 3, bias: false, name: 'plain' })
      .batchNorm({ name: 'afterPlain' })
      .globalAveragePool()
      .dense(2)
      .softmax(),
  );
  const folded = foldBatchNorms({ model: declared, weights: weightsOf(declared) });
  expect(folded.model.layers.map(({ name }) => name)).toEqual(
    declared.layers.map(({ name }) => name).filter((name) => name !== 'afterBiased' && name !== 'afterPlain'),
  );
});

it('is this by hand: gamma 3, beta 1, mean 4, variance 9 - epsilon', () => {
  const declared = model(
    'one',
    input(1, 1).conv2d(1, { kernel: 1, bias: true }).batchNorm({ epsilon: 1 }).flatten().dense(2).softmax(),
  );
  const weights = new Map([
    ['conv1.weight', Float32Array.of(1, 2, -3)],
    ['conv1.bias', Float32Array.of(10)],
    ['bn1.weight', Float32Array.of(3)],
    ['bn1.bias', Float32Array.of(1)],
    ['bn1.running_mean', Float32Array.of(4)],
    ['bn1.running_var', Float32Array.of(8)],
    ['dense1.weight', Float32Array.of(1, 1)],
    ['dense1.bias', Float32Array.of(0, 0)],
  ]);
  const folded = foldBatchNorms({ model: declared, weights }).weights;
  expect(folded.get('conv1.weight')).toEqual(Float32Array.of(1, 2, -3));
  // (10 - 4) * 3 / 3 + 1
  expect(folded.get('conv1.bias')).toEqual(Float32Array.of(7));
});
