/** A block gives what its layers' rules give one after the other, which rules.test.ts holds against finite differences. */
import { describe, expect, it } from 'vitest';
import { type Model, model, parameters } from '../../dsl/model.ts';
import { input } from '../../dsl/tensor.ts';
import { backward, forward } from '../autodiff.ts';
import { DenseCotangent } from '../cotangent.ts';
import { convBlocks } from '../fusion.ts';
import { Graph } from '../graph.ts';
import { uniform } from '../reference/noise.ts';
import { targets } from '../targets.ts';
import { elementCount } from '../tensorType.ts';
import { compile, relativeError } from '../testing/run.ts';

const batch = 4;

/** Logits, gradients and running statistics on noise around a brightness; a third of the gammas is negative. */
async function trained(declared: Model, brightness: number): Promise<Record<string, Float32Array>> {
  const graph = new Graph('block');
  const { channels, height, width } = declared.input;
  const images = graph.input('images', 'float32', [batch, channels, height, width]);
  const tensors = parameters(declared).map(
    ({ name, shape }) => [name, graph.input(name, 'float32', shape)] as const,
  );
  const passed = forward(declared, {
    input: images,
    parameters: new Map(tensors),
    target: targets.cpu,
    uniform: () => {
      throw new Error('nothing is drawn at random');
    },
  });
  const dLogits = graph.constant(
    'float32',
    passed.logits.sizes,
    uniform('dy', elementCount(passed.logits.sizes)).map((u) => u - 0.5),
  );
  const { parameters: gradients } = backward(declared, passed, [
    [passed.logitsLayer, new DenseCotangent(dLogits)],
  ]);
  graph.output('logits', passed.logits);
  for (const [name, value] of gradients) graph.output(`${name}.gradient`, value);
  for (const [name, value] of passed.updates) graph.output(`${name}.next`, value);
  const run = await compile(graph.prune(), 1);
  return run(
    Object.fromEntries(
      graph.inputs.map(({ name, sizes }) => {
        const noise = uniform(name, elementCount(sizes)).map((u) => u - 0.5);
        if (name === 'images') return [name, noise.map((value) => brightness + value)];
        if (name === 'conv.bias') return [name, noise.fill(0)];
        if (name === 'bn.weight') return [name, noise.map((value, i) => (i % 3 === 0 ? -1 : 1) + value)];
        return [name, name.endsWith('running_var') ? noise.map((value) => 1 + value) : noise];
      }),
    ),
  );
}

interface Shape {
  readonly channels: number;
  readonly kernel: 1 | 3;
  readonly groups: 1 | 2;
  readonly padding: 'same' | 0;
  readonly pool: boolean;
}

/** The same layers twice: a convolution with a bias, which is fed zeros, is lowered by itself. */
function declare({ channels, kernel, groups, padding, pool }: Shape, together: boolean): Model {
  const options = { kernel, groups, padding, bias: !together, name: 'conv' };
  const activated = input(10, 12, channels).conv2d(6, options).batchNorm({ name: 'bn' }).relu();
  const last = pool ? activated.maxPool({ kernel: 2 }) : activated;
  return model('block', last.flatten().dense(5, { name: 'dense' }).softmax());
}

const shapes: readonly Shape[] = [
  // Few channels before a 2x2 pool: each position of the window has filters of its own.
  { channels: 3, kernel: 3, groups: 1, padding: 'same', pool: true },
  { channels: 3, kernel: 3, groups: 1, padding: 0, pool: true },
  { channels: 6, kernel: 3, groups: 1, padding: 'same', pool: true },
  { channels: 6, kernel: 3, groups: 2, padding: 'same', pool: true },
  { channels: 6, kernel: 3, groups: 1, padding: 'same', pool: false },
  { channels: 6, kernel: 1, groups: 2, padding: 0, pool: false },
];

async function differences(shape: Shape, brightness: number): Promise<Record<string, number>> {
  expect(convBlocks(declare(shape, true)).size).toBe(1);
  expect(convBlocks(declare(shape, false)).size).toBe(0);
  const [found, expected] = [
    await trained(declare(shape, true), brightness),
    await trained(declare(shape, false), brightness),
  ];
  const names = Object.keys(expected).filter((name) => name !== 'conv.bias.gradient');
  expect(Object.keys(found).sort()).toEqual(names.sort());
  return Object.fromEntries(
    names.map((name) => [name, relativeError(found[name] ?? [], expected[name] ?? [])]),
  );
}

describe.each(shapes)(
  'a block of $channels channels, kernel $kernel, groups $groups, padding $padding, pool $pool',
  (shape) => {
    it('gives what its layers give', async () => {
      const found = await differences(shape, 0);
      for (const [name, error] of Object.entries(found)) expect(error, name).toBeLessThan(2e-5);
    });

    it('keeps its digits where the mean is many times the deviation', async () => {
      // Against layers that subtract the mean before they square; the sums that both take of bright inputs lose some.
      const found = await differences(shape, 30);
      for (const [name, error] of Object.entries(found)) expect(error, name).toBeLessThan(3e-3);
    });
  },
);
