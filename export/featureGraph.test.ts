/** What the layers of any model give, and what moves their middle: PyTorch's numbers, in float64. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Model, model } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { arbitraryModel } from '../dsl/testing/arbitraryModel.ts';
import { thrownBy } from '../dsl/testing/thrownBy.ts';
import { zoo } from '../dsl/zoo.ts';
import { centreGradientGraph } from './centreGradientGraph.ts';
import { featureGraph } from './featureGraph.ts';
import { initialize } from './initialize.ts';
import { noiseBatch, noiseWeights } from './reference/noise.ts';
import { pythonForTest } from './reference/python.ts';
import { torchFeatures } from './reference/torchFeatures.ts';
import { checkGraphs } from './testing/onnxChecker.ts';
import { compile, relativeError } from './testing/run.ts';

const batch = 2;

/** With the last layer that has rows and columns, the input where all have none. */
function withLast(drawn: Model): readonly [Model, string] {
  const last = drawn.layers.findLast(({ shape }) => shape.length === 4);
  if (last === undefined) throw new Error('the input has rows and columns');
  return [drawn, last.name];
}

const cases = [
  withLast(zoo.cnn3to5({ size: 32 })),
  [zoo.cnn7x7({ size: 32 }), 'conv4'] as const,
  withLast(zoo.baseline({ size: 16 })),
  ...fc.sample(arbitraryModel({ ensembles: true }), { numRuns: 30, seed: 1 }).map(withLast),
];

it('every layer of any model gives what it gives in PyTorch, and so does the gradient of its middle', async ({
  skip,
}) => {
  const python = pythonForTest('torch');
  if (python === undefined) return skip();
  const references = torchFeatures(python, cases, batch);
  for (const [i, [drawn, layer]] of cases.entries()) {
    const reference = references[i];
    const weights = noiseWeights(drawn);
    const { images } = noiseBatch(drawn, batch, 0);
    const features = await (await compile(featureGraph(drawn, weights), 1))({ images });
    expect(Object.keys(features)).toEqual(drawn.layers.map(({ name }) => name));
    for (const { name } of drawn.layers) {
      const expected = reference?.activations[name] ?? [];
      expect(relativeError(features[name] ?? [], expected), `${name} of model ${i}`).toBeLessThan(1e-5);
    }
    const run = await compile(centreGradientGraph(drawn, weights, layer, batch), 1);
    const { gradient = [] } = await run({ images });
    expect(relativeError(gradient, reference?.gradient ?? []), `${layer} of model ${i}`).toBeLessThan(1e-3);
  }
});

it('passes onnx.checker', ({ skip }) => {
  const python = pythonForTest('onnx');
  if (python === undefined) return skip();
  const [drawn] = withLast(zoo.cnn3x3({ size: 32 }));
  const weights = initialize(drawn, 1);
  const graphs = {
    features: featureGraph(drawn, weights),
    gradient: centreGradientGraph(drawn, weights, 'conv4', batch),
  };
  for (const [name, { error, differing, unknown }] of checkGraphs(python, graphs)) {
    expect({ error, differing, unknown }, name).toEqual({ error: null, differing: [], unknown: [] });
  }
});

describe('of some layers', () => {
  const drawn = zoo.cnn3x3({ size: 32 });
  const weights = initialize(drawn, 1);

  it('are those asked for, without what comes after', () => {
    const graph = featureGraph(drawn, weights, ['maxPool1', 'relu1']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['maxPool1', 'relu1']);
    expect(graph.initializers.some(({ name }) => name.startsWith('conv2'))).toBe(false);
  });

  it('are refused by name if there are none, or none with a middle', () => {
    expect(thrownBy(() => featureGraph(drawn, weights, ['maxPool11'])).problem).toMatchObject({
      code: 'name',
      found: '"maxPool11"',
      next: 'Did you mean maxPool1?',
    });
    expect(thrownBy(() => centreGradientGraph(drawn, weights, 'dense1', 1)).problem).toMatchObject({
      code: 'shape',
      where: 'dense1',
      found: '[N, 256]',
    });
  });

  it('are refused for a grey input', () => {
    const grey = model('grey', input(16, 16, 1).flatten().dense(2).softmax());
    expect(() => featureGraph(grey, initialize(grey, 1))).toThrow(/expected an input of 3 channels/);
  });
});
