/** An ensemble learns as its members would alone: held against each member as a model of its own. */
import { describe, expect, it } from 'vitest';
import { type Model, model } from '../dsl/model.ts';
import type { N } from '../dsl/shape.ts';
import { add, ensemble, input, type Tensor } from '../dsl/tensor.ts';
import { initialize } from './initialize.ts';
import { noiseBatch } from './reference/noise.ts';
import { targets } from './targets.ts';
import { gradientGraph, logitsGraph } from './testing/gradientGraph.ts';
import { compile, relativeError } from './testing/run.ts';

const batch = 4;
type Logits = Tensor<[N, 3]>;

const plain = (x: Tensor<[N, 3, 8, 8]>): Logits =>
  x.conv2d(4, { kernel: 3, name: 'plainConv' }).relu().flatten().dense(3, { name: 'plainDense' });
const residual = (x: Tensor<[N, 3, 8, 8]>): Logits => {
  const stem = x.conv2d(5, { kernel: 3, bias: false, name: 'stem' }).batchNorm({ name: 'norm' });
  const sum = add(stem, stem.conv2d(5, { kernel: 3, name: 'inner' })).relu();
  return sum.globalAveragePool().dense(3, { name: 'residualDense' });
};
const alone = (network: typeof plain): Model => model('alone', network(input(8, 8)).softmax());
const x = input(8, 8);
const together = model('together', ensemble([plain(x), residual(x)]));
const weights = initialize(together, 1);
const { images, labels } = noiseBatch(together, batch, 0);

async function run(of: Model, build: typeof logitsGraph | typeof gradientGraph) {
  const graph = build(of, batch, targets.cpu);
  const compiled = await compile(graph, 1);
  const feeds = { images, labels, ...Object.fromEntries(weights) };
  return compiled(
    Object.fromEntries(
      Object.entries(feeds).filter(([name]) => graph.inputs.some((each) => each.name === name)),
    ),
  );
}

describe('an ensemble', () => {
  it('answers with the mean of the logits', async () => {
    const { logits = [] } = await run(together, logitsGraph);
    const { logits: first = [] } = await run(alone(plain), logitsGraph);
    const { logits: second = [] } = await run(alone(residual), logitsGraph);
    expect(logits).toHaveLength(batch * 3);
    for (const [i, logit] of logits.entries()) {
      expect(logit).toBeCloseTo(((first[i] ?? Number.NaN) + (second[i] ?? Number.NaN)) / 2, 5);
    }
  });

  it('has the mean of the losses, and each member the gradients that it would have alone', async () => {
    const { loss = [], ...gradients } = await run(together, gradientGraph);
    const { loss: first = [], ...ofFirst } = await run(alone(plain), gradientGraph);
    const { loss: second = [], ...ofSecond } = await run(alone(residual), gradientGraph);
    expect(first[0]).not.toBeCloseTo(second[0] ?? 0, 2);
    expect(loss[0]).toBeCloseTo(((first[0] ?? Number.NaN) + (second[0] ?? Number.NaN)) / 2, 5);
    const expected = { ...ofFirst, ...ofSecond };
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, gradient] of Object.entries(expected)) {
      expect(relativeError(gradients[name] ?? new Float32Array(), gradient), name).toBeLessThan(1e-4);
    }
  });

  it('whose members are one and the same gives that one twice its gradients', async () => {
    const logits = plain(input(8, 8));
    const twice = await run(model('twice', ensemble([logits, logits])), gradientGraph);
    const once = await run(alone(plain), gradientGraph);
    expect(twice['loss']?.[0]).toBeCloseTo(once['loss']?.[0] ?? Number.NaN, 5);
    const name = 'plainConv.weight.gradient';
    const doubled = Float32Array.from(once[name] ?? [], (value) => 2 * value);
    expect(relativeError(twice[name] ?? new Float32Array(), doubled)).toBeLessThan(1e-4);
  });
});
