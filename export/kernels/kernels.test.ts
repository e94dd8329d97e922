/** No training graph uses an operator, on element types, that its target's execution provider has no kernel for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Model, model } from '../../dsl/model.ts';
import type { Images } from '../../dsl/shape.ts';
import { input, type Tensor } from '../../dsl/tensor.ts';
import { arbitraryModel } from '../../dsl/testing/arbitraryModel.ts';
import { zoo } from '../../dsl/zoo.ts';
import { explainedLayers, explainGraph } from '../explainGraph.ts';
import { featureGraph } from '../featureGraph.ts';
import { Graph, type Node } from '../graph.ts';
import { evaluationGraph, inferenceGraph } from '../inferenceGraph.ts';
import { initialize } from '../initialize.ts';
import { lossSchema } from '../loss.ts';
import { opset } from '../onnx.ts';
import { type Optimizer, type OptimizerName, optimizerNames, optimizerSchema } from '../optimizers.ts';
import { convAlgorithmNames } from '../rules/convAlgorithms.ts';
import { hostNodes, targetNames, targets } from '../targets.ts';
import { quantizedGraph } from '../testing/quantizedGraph.ts';
import { someLayers } from '../testing/someLayers.ts';
import { chunkGraph, stepGraph, trainingGraph } from '../trainingGraph.ts';
import type { TrainingOptions } from '../trainingOptions.ts';
import { signature } from './signature.ts';
import { readTable } from './table.ts';

/** With those of the bodies of loops. */
function everyNode({ nodes }: Graph): Node[] {
  return nodes.flatMap((node) => [
    node,
    ...Object.values(node.attributes).flatMap((body) => (body instanceof Graph ? everyNode(body) : [])),
  ]);
}

/** Nodes that the table knows no kernel for. */
function strangers(graph: Graph, { kernels }: ReturnType<typeof readTable>): string[] {
  return everyNode(graph)
    .filter((node) => kernels[node.operator]?.[signature(node)] === undefined)
    .map((node) => `${node.name}: ${node.operator} of ${signature(node)}`);
}

/** What onnxruntime keeps on the host though the device has kernels for it: shapes, and conditions of loops. */
function isHostWork({ operator, inputs, outputs }: Node): boolean {
  const small = [...inputs, ...outputs].every(({ dtype }) => dtype === 'int64' || dtype === 'bool');
  return small || operator === 'Shape';
}

/** Each algorithm in a convolution of its name, the last of them in a block that is lowered as one. */
function everyAlgorithm(): Model {
  const grown = convAlgorithmNames.reduce<Tensor<Images>>(
    (x, name) => {
      const groups = name === 'grouped' ? 2 : 1;
      // The largest tiles are for large kernels.
      return x.conv2d(4, { kernel: name === 'winograd10' ? 7 : 3, groups, bias: false, name });
    },
    input(16, 16).conv2d(4, { kernel: 3 }),
  );
  // Lowered together, with no choice of algorithm.
  const block = grown.conv2d(4, { kernel: 3, bias: false }).batchNorm().relu().maxPool({ kernel: 2 });
  return model('everyAlgorithm', block.dropout(0.2).flatten().dense(3).softmax());
}

/** What a training graph can have besides the defaults, all at once. */
const everyOption: Required<Omit<TrainingOptions, 'optimizer' | 'target'>> = {
  batch: 2,
  loss: lossSchema.parse({ labelSmoothing: 0.1, focalGamma: 2, classWeights: [1, 2, 3] }),
  clipNorm: 1,
  mixup: 0.2,
  ema: 0.99,
  frozen: [],
  algorithms: Object.fromEntries(convAlgorithmNames.map((name) => [name, name])),
};

const everyOptimizer: { readonly [N in OptimizerName]: Optimizer } = {
  sgd: { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  adam: optimizerSchema.parse({ name: 'adam' }),
  adamw: optimizerSchema.parse({ name: 'adamw', weightDecay: 0.01 }),
};

describe.each(targetNames)('on %s', (name) => {
  const target = targets[name];
  const table = readTable(name);
  const trainingGraphs = target.loop ? [stepGraph, chunkGraph] : [stepGraph];

  it('every node of models at random has a kernel', () => {
    const options = { batch: 2, optimizer: optimizerSchema.parse({ name: 'adamw' }), target };
    fc.assert(
      fc.property(arbitraryModel({ ensembles: true }), fc.nat(), (model, draw) => {
        expect(strangers(trainingGraph(model, options).graph, table)).toEqual([]);
        const frozen = someLayers(model, draw);
        expect(strangers(trainingGraph(model, { ...options, frozen }).graph, table)).toEqual([]);
        if (explainedLayers(model).length === 0) return;
        expect(strangers(explainGraph(model, initialize(model, 1)), table)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it.each(Object.values(everyOptimizer))('every node has a kernel with every option: $name', (optimizer) => {
    for (const build of trainingGraphs) {
      const { graph } = build(everyAlgorithm(), { ...everyOption, optimizer, target });
      expect(strangers(graph, table)).toEqual([]);
    }
  });

  it('every node of an evaluation graph has a kernel, and of those that show features and explain', () => {
    for (const declare of Object.values(zoo)) {
      const model = declare({ size: 32 });
      if (explainedLayers(model).length > 0) {
        expect(strangers(explainGraph(model, initialize(model, 1)), table)).toEqual([]);
      }
      expect(strangers(evaluationGraph(model), table)).toEqual([]);
      expect(strangers(featureGraph(model, initialize(model, 1)), table)).toEqual([]);
    }
  });

  it('weights stored as float16 have a kernel that casts them, or the runtime casts them when it opens a file', () => {
    const model = zoo.cnn3x3({ size: 32 });
    const { initializers, nodes } = inferenceGraph(model, initialize(model, 1), { weightType: 'float16' });
    const casts = nodes.filter(({ inputs }) => inputs.some(({ dtype }) => dtype === 'float16'));
    // Four convolutions, two dense layers.
    expect(casts.map(({ operator }) => operator)).toEqual(Array(6).fill('Cast'));
    // Where a WebGPU adapter lacks the feature shader-f16, as the probed one does, there is none: constants need none.
    for (const { inputs } of casts) expect(initializers).toEqual(expect.arrayContaining([...inputs]));
    const unknown = casts.filter((node) => table.kernels[node.operator]?.[signature(node)] === undefined);
    expect(unknown).toHaveLength(name === 'webgpu' ? 6 : 0);
  });

  it('the table holds for our operator set', () => expect(table.opset).toBe(opset));

  it.each(Object.entries(zoo))('every node of %s has a kernel', (_, declare) => {
    for (const build of trainingGraphs) {
      for (const optimizer of optimizerNames) {
        const options = { batch: 4, optimizer: optimizerSchema.parse({ name: optimizer }), target };
        expect(strangers(build(declare({ size: 32 }), options).graph, table)).toEqual([]);
      }
    }
  });
});

describe('a quantised graph', () => {
  it.each(['cpu', 'wasm'] as const)('has a kernel on %s for every node of any model', (name) => {
    fc.assert(
      fc.property(arbitraryModel({ ensembles: true }), (model) => {
        expect(strangers(quantizedGraph(model), readTable(name))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('is rounded on the host where WebGPU computes the rest', () => {
    const table = readTable('webgpu');
    const model = zoo.cnn3x3({ size: 32 });
    const usual = strangers(inferenceGraph(model, initialize(model, 1)), table);
    const others = strangers(quantizedGraph(model), table).filter((node) => !usual.includes(node));
    expect(others.length).toBeGreaterThan(0);
    for (const node of others) expect(node).toMatch(/: QuantizeLinear of float32, uint8 -> uint8$/);
  });
});

it('weights stored as int8 need no kernel: the runtime casts and scales what is constant when it opens a file', () => {
  const model = zoo.cnn3x3({ size: 32 });
  const { initializers, nodes } = inferenceGraph(model, initialize(model, 1), { weightType: 'int8' });
  const casts = nodes.filter(({ inputs }) => inputs.some(({ dtype }) => dtype === 'int8'));
  // Four convolutions, two dense layers.
  expect(casts.map(({ operator }) => operator)).toEqual(Array(6).fill('Cast'));
  const known = new Set([...initializers, ...casts.flatMap(({ outputs }) => outputs)]);
  for (const { inputs, outputs } of casts) {
    expect(inputs.every((value) => known.has(value))).toBe(true);
    const users = nodes.filter((node) => outputs.some((value) => node.inputs.includes(value)));
    expect(users.map(({ operator }) => operator)).toEqual(['Mul']);
    expect(users.every((node) => node.inputs.every((value) => known.has(value)))).toBe(true);
  }
});

describe.each(['cuda', 'webgpu'] as const)('a chunk or step on %s', (name) => {
  it('leaves to the host what is named, and nothing else', () => {
    const target = targets[name];
    const options = { batch: 4, optimizer: optimizerSchema.parse({ name: 'adam' }), target };
    const left = (graph: Graph) =>
      everyNode(graph)
        .filter(isHostWork)
        .map((node) => node.name);
    const { graph } = trainingGraph(zoo.cnn3x3({ size: 32 }), options);
    expect(left(graph)).toEqual(target.loop ? Object.keys(hostNodes) : []);
  });
});
