/**
 * Every gradient rule against central finite differences of its own forward pass, and a broken variant of each
 * that this very check must reject.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerAttributes, LayerKind } from '../../dsl/layers.ts';
import { model } from '../../dsl/model.ts';
import { input } from '../../dsl/tensor.ts';
import { DenseCotangent } from '../cotangent.ts';
import { Graph, type Value } from '../graph.ts';
import { optimizerSchema } from '../optimizers.ts';
import { uniform } from '../reference/noise.ts';
import { type Target, targets } from '../targets.ts';
import { elementCount } from '../tensorType.ts';
import { compile, type Feeds, relativeError } from '../testing/run.ts';
import { stepGraph } from '../trainingGraph.ts';
import type { ConvAlgorithmName } from './convAlgorithms.ts';
import { mixesGroups } from './convolve.ts';
import { rules } from './index.ts';
import type { Gradients, Rule, RuleContext } from './rule.ts';

/** The input has no gradient; every other kind must have cases, and a variant that is wrong. */
type Differentiable = Exclude<LayerKind, 'input'>;

interface Case<A> {
  readonly attributes: A;
  readonly inputs: readonly (readonly number[])[];
  readonly parameters?: Readonly<Record<string, readonly number[]>>;
  readonly inference?: boolean;
  readonly algorithm?: ConvAlgorithmName;
}

const image = [2, 3, 6, 5];
const conv = (
  kernel: number,
  stride: number,
  padding: 'same' | number,
  bias: boolean,
  { dilation = 1, groups = 1, filters = 2, input = image } = {},
): Case<LayerAttributes['conv2d']> => ({
  attributes: { kernel, stride, padding, bias, filters, dilation, groups },
  inputs: [input],
  parameters: {
    weight: [filters, (input[1] ?? 0) / groups, kernel, kernel],
    ...(bias ? { bias: [filters] } : {}),
  },
});
const norm = { weight: [3], bias: [3], running_mean: [3], running_var: [3] };
const pool = (kernel: number, stride: number, padding: 'same' | number) => ({
  attributes: { kernel, stride, padding },
  inputs: [image],
});

const cases: { readonly [K in Differentiable]: readonly Case<LayerAttributes[K]>[] } = {
  conv2d: [
    conv(3, 1, 'same', true),
    conv(1, 1, 0, false),
    conv(5, 1, 2, false),
    conv(2, 1, 'same', false),
    conv(3, 2, 'same', true),
    conv(3, 2, 0, false),
    conv(2, 3, 1, false),
    conv(3, 1, 4, false),
    conv(3, 2, 'same', false, { input: [2, 6, 6, 5] }),
    { ...conv(4, 1, 'same', false, { input: [2, 6, 6, 5] }), algorithm: 'shifts' },
    { ...conv(4, 2, 'same', false, { input: [2, 6, 6, 5] }), algorithm: 'im2col' },
    { ...conv(1, 2, 0, false, { input: [2, 6, 6, 5] }), algorithm: 'shifts' },
    { ...conv(3, 1, 'same', true), algorithm: 'winograd4' },
    { ...conv(2, 1, 0, false), algorithm: 'winograd6' },
    { ...conv(3, 1, 1, false, { filters: 4 }), algorithm: 'winograd6' },
    { ...conv(4, 1, 'same', false), algorithm: 'winograd6' },
    { ...conv(5, 1, 1, false), algorithm: 'winograd8' },
    { ...conv(2, 1, 3, false), algorithm: 'winograd8' },
    { ...conv(6, 1, 'same', false, { filters: 3 }), algorithm: 'winograd10' },
    { ...conv(7, 1, 3, true), algorithm: 'winograd10' },
    // Maps of over 1024 elements take the other form of the weight gradient.
    conv(3, 1, 1, false, { input: [1, 5, 33, 34] }),
    conv(3, 2, 'same', false, { input: [2, 1, 68, 67] }),
    // Dilated: as large as the input, strided, with a row and a column that no window reaches, padded beyond it.
    conv(2, 1, 0, true, { dilation: 4 }),
    conv(3, 1, 'same', false, { dilation: 2 }),
    conv(3, 2, 'same', false, { dilation: 3 }),
    conv(2, 3, 1, false, { dilation: 2, input: [2, 3, 7, 8] }),
    conv(2, 1, 4, false, { dilation: 2 }),
    conv(3, 1, 2, false, { dilation: 2, input: [1, 2, 33, 34] }),
    // Grouped; depthwise, with one filter and with two for each channel; of more than 8 channels in a group.
    conv(3, 1, 'same', true, { groups: 2, filters: 6, input: [2, 4, 6, 5] }),
    conv(3, 1, 'same', false, { groups: 3, filters: 3 }),
    conv(2, 1, 'same', false, { groups: 3, filters: 6 }),
    conv(3, 2, 1, false, { groups: 3, filters: 3, input: [2, 3, 8, 7] }),
    conv(2, 3, 0, true, { groups: 3, filters: 3, dilation: 2, input: [2, 3, 8, 9] }),
    conv(3, 1, 'same', false, { groups: 2, filters: 4, dilation: 2, input: [2, 4, 6, 5] }),
    conv(3, 1, 1, false, { groups: 2, filters: 4, input: [2, 18, 4, 3] }),
    conv(2, 2, 1, false, { groups: 2, filters: 2, dilation: 2, input: [2, 18, 4, 5] }),
    // On WebGPU group by group: the filters, and in the second case the channels as well.
    conv(3, 1, 'same', true, { groups: 2, filters: 12, input: [2, 4, 4, 3] }),
    conv(2, 1, 0, false, { groups: 2, filters: 12, input: [2, 12, 4, 3] }),
    // Strided depthwise with several filters for each channel.
    conv(3, 2, 1, true, { groups: 3, filters: 12, input: [2, 3, 7, 6] }),
  ],
  batchNorm: [
    { attributes: { epsilon: 1e-5, momentum: 0.1 }, inputs: [image], parameters: norm },
    { attributes: { epsilon: 0.1, momentum: 0.1 }, inputs: [image], parameters: norm, inference: true },
  ],
  layerNorm: [
    {
      attributes: { epsilon: 1e-5 },
      inputs: [image],
      parameters: { weight: image.slice(1), bias: image.slice(1) },
    },
    { attributes: { epsilon: 0.1 }, inputs: [[4, 7]], parameters: { weight: [7], bias: [7] } },
  ],
  groupNorm: [1, 2, 6].map((groups) => ({
    attributes: { groups, epsilon: 1e-3 },
    inputs: [[2, 6, 3, 4]],
    parameters: { weight: [6], bias: [6] },
  })),
  relu: [{ attributes: {}, inputs: [image] }],
  leakyRelu: [{ attributes: { slope: 0.2 }, inputs: [image] }],
  gelu: [
    { attributes: { approximate: 'none' }, inputs: [image] },
    { attributes: { approximate: 'tanh' }, inputs: [image] },
  ],
  silu: [{ attributes: {}, inputs: [image] }],
  sigmoid: [{ attributes: {}, inputs: [image] }],
  maxPool: [
    pool(2, 2, 0),
    pool(3, 2, 0),
    pool(3, 2, 1),
    pool(3, 3, 'same'),
    pool(2, 1, 'same'),
    pool(2, 3, 0),
  ],
  averagePool: [pool(2, 2, 0), pool(3, 2, 1), pool(3, 3, 'same'), pool(2, 1, 0), pool(2, 3, 0)],
  globalAveragePool: [{ attributes: {}, inputs: [image] }],
  flatten: [{ attributes: {}, inputs: [image] }],
  dense: [
    { attributes: { units: 4, bias: true }, inputs: [[3, 5]], parameters: { weight: [4, 5], bias: [4] } },
    { attributes: { units: 4, bias: false }, inputs: [[3, 5]], parameters: { weight: [4, 5] } },
  ],
  dropout: [{ attributes: { rate: 0.4 }, inputs: [[4, 9]] }],
  add: [{ attributes: {}, inputs: [image, image, image] }],
  concat: [{ attributes: {}, inputs: [image, [2, 2, 6, 5]] }],
  scale: [{ attributes: {}, inputs: [image, [2, 3]] }],
  ensemble: [
    {
      attributes: {},
      inputs: [
        [3, 5],
        [3, 5],
        [3, 5],
      ],
    },
  ],
  softmax: [{ attributes: {}, inputs: [[3, 5]] }],
};

/** What someone might have written instead. */
type Breakage = (right: Gradients, dy: Value, context: RuleContext<unknown>) => Gradients;
const dense = (value: Value) => new DenseCotangent(value);
const inputsBecome =
  (change: (dx: Value, index: number, dy: Value) => Value): Breakage =>
  (right, dy) => ({ ...right, inputs: right.inputs.map((dx, i) => dense(change(dx.dense(), i, dy))) });
const reversed = (x: Value, axis: number) => x.slice(axis, -1, -(x.sizes[axis] ?? 0) - 1, -1);
const parametersBecome = (
  { parameters = {} }: Gradients,
  changes: Readonly<Record<string, (gradient: Value) => Value>>,
): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(parameters).map(([role, gradient]) => [role, changes[role]?.(gradient) ?? gradient]),
  );

/** Every gradient that a rule gives is wrong in some way. */
const broken: { readonly [K in Differentiable]: Breakage } = {
  // Reversed along an axis (rows where there is one channel in a group), and a bias off by a factor.
  conv2d: (right) => ({
    inputs: right.inputs.map((dx) => dense(reversed(dx.dense(), 2))),
    parameters: parametersBecome(right, {
      weight: (dw) => reversed(dw, (dw.sizes[1] ?? 1) > 1 ? 1 : 2),
      bias: (db) => db.mul(0.5),
    }),
  }),
  // The scale is forgotten, and that the statistics depend on the batch.
  batchNorm: (right, dy) => ({
    inputs: right.inputs.map(() => dense(dy.mul(1.5))),
    parameters: parametersBecome(right, {
      weight: (dgamma) => dgamma.mul(1.1),
      bias: (dbeta) => dbeta.neg(),
    }),
  }),
  // Off by a factor or by the mean, as where the statistics are forgotten.
  layerNorm: (right) => ({
    inputs: right.inputs.map((dx) => dense(dx.dense().add(0.02))),
    parameters: parametersBecome(right, { weight: (dgamma) => dgamma.mul(1.1), bias: (db) => db.neg() }),
  }),
  groupNorm: (right) => ({
    inputs: right.inputs.map((dx) => dense(dx.dense().add(0.02))),
    parameters: parametersBecome(right, { weight: (dgamma) => dgamma.mul(1.1), bias: (db) => db.neg() }),
  }),
  relu: inputsBecome((_, __, dy) => dy),
  leakyRelu: inputsBecome((dx, _, dy) => dx.mul(0.5).add(dy.mul(0.5))),
  // The sigmoid alone, without what its slope adds.
  gelu: (right, dy, { inputs: [x] }) => ({
    inputs: right.inputs.map((dx) =>
      dense(x === undefined ? dx.dense() : dy.mul(x.mul(1.702).apply('Sigmoid', {}))),
    ),
  }),
  silu: (right, dy, { inputs: [x] }) => ({
    inputs: right.inputs.map((dx) => dense(x === undefined ? dx.dense() : dy.mul(x.apply('Sigmoid', {})))),
  }),
  sigmoid: inputsBecome((dx, _, dy) => dx.add(dy.mul(0.01))),
  // Elements that did not win get a little too.
  maxPool: inputsBecome((dx) => dx.add(1e-2)),
  averagePool: inputsBecome((dx) => dx.mul(4)),
  globalAveragePool: inputsBecome((dx) => dx.mul(30)),
  flatten: inputsBecome((dx) => reversed(dx, 3)),
  dense: (right) => ({
    inputs: right.inputs.map((dx) => dense(reversed(dx.dense(), 1))),
    parameters: parametersBecome(right, { weight: (dw) => dw.neg(), bias: (db) => db.mul(1 / 3) }),
  }),
  dropout: inputsBecome((_, __, dy) => dy),
  add: inputsBecome((dx) => dx.mul(1 / 3)),
  concat: inputsBecome((dx) => reversed(dx, 1)),
  scale: inputsBecome((dx) => reversed(dx, 1)),
  ensemble: inputsBecome((_, __, dy) => dy),
  // The diagonal of the Jacobian alone.
  softmax: (right, dy, { inputs: [x] }) => {
    const p = x?.apply('Softmax', { axis: 1 });
    return {
      inputs: right.inputs.map((dx) => dense(p === undefined ? dx.dense() : p.mul(dy).mul(p.oneMinus()))),
    };
  },
};

/**
 * Values with gaps of over 0.05 between any two and around 0, in random order, so that a difference of 1e-2
 * crosses neither the kink of a ReLU nor changes who wins a window.
 */
function spacedNoise(name: string, count: number): Float32Array {
  const order = Array.from(uniform(name, count), (u, i) => [u, i] as const).sort(([a], [b]) => a - b);
  const values = new Float32Array(count);
  for (const [rank, [, position]] of order.entries())
    values[position] = (rank - Math.floor(count / 2) + 0.5) * 0.06;
  return values;
}

/** Linear in each argument, so a difference is exact however large: then rounding is small beside it. */
const linear: ReadonlySet<LayerKind> = new Set<LayerKind>([
  'conv2d',
  'averagePool',
  'globalAveragePool',
  'flatten',
  'dense',
  'dropout',
  'add',
  'concat',
  'scale',
  'ensemble',
]);

interface Checked {
  /** Relative L2 error by tensor. */
  readonly errors: ReadonlyMap<string, number>;
}

async function check<K extends Differentiable>(
  kind: K,
  { attributes, inputs, parameters = {}, inference, algorithm }: Case<LayerAttributes[K]>,
  target: Target,
  breakage?: Breakage,
): Promise<Checked> {
  const graph = new Graph('rule');
  const x = inputs.map((dims, i) => graph.input(`x${i}`, 'float32', dims));
  const p = Object.fromEntries(
    Object.entries(parameters).map(([role, dims]) => [role, graph.input(role, 'float32', dims)]),
  );
  const context: RuleContext<LayerAttributes[K]> = {
    attributes,
    inputs: x,
    parameters: p,
    target,
    algorithm,
    uniform: inference
      ? undefined
      : (sizes) => graph.constant('float32', sizes, uniform('lots', elementCount(sizes)), 'lots'),
  };
  const rule: Rule<LayerAttributes[K]> = rules[kind];
  const lowered = rule(context);
  const weights = uniform('dy', elementCount(lowered.output.sizes)).map((u) => u - 0.5);
  const dy = graph.constant('float32', lowered.output.sizes, weights, 'dy');
  const right = lowered.backward(new DenseCotangent(dy));
  const gradients = breakage === undefined ? right : breakage(right, dy, context);
  graph.output('y', lowered.output);
  for (const [i, dx] of gradients.inputs.entries()) graph.output(`x${i}.gradient`, dx.dense());
  for (const [role, gradient] of Object.entries(gradients.parameters ?? {}))
    graph.output(`${role}.gradient`, gradient);
  graph.prune();
  const run = await compile(graph);

  const feeds: Feeds = Object.fromEntries(
    graph.inputs.map(({ name, sizes }) => [
      name,
      name === 'running_var'
        ? uniform(name, elementCount(sizes)).map((u) => u + 0.5)
        : spacedNoise(name, elementCount(sizes)),
    ]),
  );
  const sum = async (changed: Feeds) => {
    const { y = new Float32Array() } = await run(changed);
    return y.reduce((total, value, i) => total + value * (weights[i] ?? 0), 0);
  };
  const analytic = await run(feeds);
  const errors = new Map<string, number>();
  for (const [name, found] of Object.entries(analytic)) {
    if (!name.endsWith('.gradient')) continue;
    const input = name.replace(/\.gradient$/, '');
    const base = Float32Array.from(feeds[input] ?? [], Number);
    const h = linear.has(kind) ? Math.max(...base.map(Math.abs)) : 1e-2;
    // Of large tensors, some 64 elements spread over all of it.
    const stride = Math.max(1, Math.floor(base.length / 64));
    const sample = Array.from({ length: Math.ceil(base.length / stride) }, (_, i) => i * stride);
    const numeric: number[] = [];
    for (const i of sample) {
      const at = (value: number) => sum({ ...feeds, [input]: base.with(i, value) });
      const [up, down] = [Math.fround((base[i] ?? 0) + h), Math.fround((base[i] ?? 0) - h)];
      numeric.push(((await at(up)) - (await at(down))) / (up - down));
    }
    errors.set(
      name,
      relativeError(
        sample.map((i) => found[i] ?? Number.NaN),
        numeric,
      ),
    );
  }
  return { errors };
}

function suite<K extends Differentiable>(
  kind: K,
  target: Target,
  examples: readonly Case<LayerAttributes[K]>[] = cases[kind],
): void {
  it.each(examples.map((example) => [JSON.stringify(example), example] as const))(
    '%s',
    async (_, example) => {
      const { errors } = await check(kind, example, target);
      expect(errors.size).toBeGreaterThanOrEqual(example.inputs.length);
      const tolerance = linear.has(kind) ? 1e-4 : 2e-3;
      for (const [tensor, error] of errors) expect(error, tensor).toBeLessThan(tolerance);

      const wrong = await check(kind, example, target, broken[kind]);
      expect([...wrong.errors.keys()]).toEqual([...errors.keys()]);
      for (const [tensor, error] of wrong.errors) expect(error, `${tensor}, broken`).toBeGreaterThan(1e-2);
    },
  );
}

const kinds: readonly Differentiable[] = [
  'conv2d',
  'batchNorm',
  'layerNorm',
  'groupNorm',
  'relu',
  'leakyRelu',
  'gelu',
  'silu',
  'sigmoid',
  'maxPool',
  'averagePool',
  'globalAveragePool',
  'flatten',
  'dense',
  'dropout',
  'add',
  'concat',
  'scale',
  'ensemble',
  'softmax',
];

describe('gradient rules on the CPU', () => {
  it('are all checked', () => {
    expect([...kinds, 'input'].sort()).toEqual(Object.keys(rules).sort());
  });
  for (const kind of kinds) describe(kind, () => suite(kind, targets.cpu));
});

it('no convolution mixes up its groups on WebGPU', () => {
  const optimizer = optimizerSchema.parse({ name: 'sgd' });
  const inGroups = fc.record({
    groups: fc.integer({ min: 1, max: 4 }),
    inGroup: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(
      inGroups,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 2 }),
      (drawn, each, stride) => {
        const { groups, inGroup } = drawn;
        const x = input(6, 5).conv2d(groups * inGroup, { kernel: 1 });
        const y = x.conv2d(groups * each, { kernel: 3, groups, stride });
        const declared = model('grouped', y.flatten().dense(2).softmax());
        const { graph } = stepGraph(declared, { batch: 2, optimizer, target: targets.webgpu });
        for (const node of graph.nodes) {
          const [, w] = node.inputs;
          if (node.operator === 'Conv') {
            const [filters = 0] = w?.sizes ?? [];
            expect(mixesGroups(filters, node.attributes.group, targets.webgpu), node.name).toBe(false);
          } else if (node.operator === 'ConvTranspose' && node.attributes.group > 1) {
            const [filters = 0, channelsInGroup] = w?.sizes ?? [];
            if (channelsInGroup === 1) expect(filters / node.attributes.group, node.name).toBe(1);
          }
        }
      },
    ),
  );
});

describe('gradient rules where a max-pool compares windows', () => {
  suite('maxPool', targets.webgpu);
});

describe('gradient rules where convolutions avoid shapes that kernels get wrong', () => {
  suite(
    'conv2d',
    targets.webgpu,
    cases.conv2d.filter(({ attributes }) => attributes.groups > 1),
  );
});
