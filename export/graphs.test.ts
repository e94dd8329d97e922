/** Every graph of the zoo is valid ONNX with the shapes that we think it has; planted faults are found. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarize } from '../dsl/summary.ts';
import { arbitraryModel } from '../dsl/testing/arbitraryModel.ts';
import { zoo } from '../dsl/zoo.ts';
import { checkGraph } from './checkGraph.ts';
import type { Graph, Node } from './graph.ts';
import { evaluationGraph, inferenceGraph } from './inferenceGraph.ts';
import { initialize } from './initialize.ts';
import { optimizerNames, optimizerSchema } from './optimizers.ts';
import { preprocessingGraph } from './preprocess.ts';
import { readReference, referenceModel, request } from './reference/cnn3x3.ts';
import { noiseBatch, noiseWeights } from './reference/noise.ts';
import { pythonForTest } from './reference/python.ts';
import { targetNames, targets } from './targets.ts';
import { checkGraphs } from './testing/onnxChecker.ts';
import { quantizedGraph } from './testing/quantizedGraph.ts';
import { compile, relativeError } from './testing/run.ts';
import { someLayers } from './testing/someLayers.ts';
import { chunkGraph, stepGraph } from './trainingGraph.ts';
import { nextName } from './trainingInterface.ts';

describe.each(Object.entries(zoo))('the graphs of %s', (_, declare) => {
  const model = declare({ size: 32 });
  const adam = optimizerSchema.parse({ name: 'adam' });
  const everyOption = {
    batch: 4,
    optimizer: optimizerSchema.parse({ name: 'sgd', nesterov: true, weightDecay: 0.1 }),
    loss: {
      labelSmoothing: 0.1,
      focalGamma: 2,
      classWeights: Array.from({ length: model.classes }, (_, i) => 1 + i),
    },
    clipNorm: 1,
    mixup: 0.2,
    ema: 0.99,
  };

  it('pass onnx.checker with the shapes that the compiler gives', ({ skip }) => {
    const python = pythonForTest('onnx');
    if (python === undefined) return skip();
    const graphs = {
      inference: inferenceGraph(model, initialize(model, 1)),
      'inference-float16': inferenceGraph(model, initialize(model, 1), { weightType: 'float16' }),
      'inference-int8': inferenceGraph(model, initialize(model, 1), { weightType: 'int8' }),
      'inference-quantized': quantizedGraph(model),
      evaluation: evaluationGraph(model),
      preprocessing: preprocessingGraph(model.input),
      'chunk-cpu': chunkGraph(model, { batch: 4, optimizer: adam, target: targets.cpu }).graph,
      'chunk-cuda': chunkGraph(model, { batch: 4, optimizer: adam, target: targets.cuda }).graph,
      'chunk-options': chunkGraph(model, { ...everyOption, target: targets.cpu }).graph,
      'chunk-frozen': chunkGraph(model, { ...everyOption, target: targets.cpu, frozen: someLayers(model, 1) })
        .graph,
      'step-frozen': stepGraph(model, {
        ...everyOption,
        target: targets.webgpu,
        frozen: someLayers(model, 2),
      }).graph,
      'step-options': stepGraph(model, { ...everyOption, target: targets.webgpu }).graph,
      ...Object.fromEntries(
        optimizerNames.flatMap((name) =>
          targetNames.map((target) => [
            `step-${name}-${target}`,
            stepGraph(model, {
              batch: 4,
              optimizer: optimizerSchema.parse({ name }),
              target: targets[target],
            }).graph,
          ]),
        ),
      ),
    };
    for (const [name, { error, differing, unknown }] of checkGraphs(python, graphs)) {
      expect(error, name).toBeNull();
      expect(differing, name).toEqual([]);
      expect(unknown, name).toEqual([]);
    }
  });

  it('hold as many parameters as the summary says', () => {
    const { initializers } = inferenceGraph(model, initialize(model, 1));
    const counted = initializers
      .filter(({ name }) => name.includes('.'))
      .reduce((sum, { sizes }) => sum + sizes.reduce((a, b) => a * b, 1), 0);
    expect(counted).toBe(summarize(model).parameters);
  });
});

it('the graphs of random models pass onnx.checker with the shapes that the compiler gives', ({ skip }) => {
  const python = pythonForTest('onnx');
  if (python === undefined) return skip();
  const optimizer = optimizerSchema.parse({ name: 'sgd' });
  const models = fc.sample(arbitraryModel({ ensembles: true }), { numRuns: 40, seed: 1 });
  const graphs = models.flatMap((model, i) => [
    [`${i}-inference`, inferenceGraph(model, initialize(model, 1))] as const,
    [`${i}-quantized`, quantizedGraph(model)] as const,
    ...(['cpu', 'webgpu'] as const).map((name) => {
      const { graph } = stepGraph(model, { batch: 3, optimizer, target: targets[name] });
      return [`${i}-${name}`, graph] as const;
    }),
  ]);
  const verdicts = checkGraphs(python, Object.fromEntries(graphs));
  for (const [name, graph] of graphs) {
    const { error, differing, unknown } = verdicts.get(name) ?? {};
    expect(error, name).toBeNull();
    expect(differing, name).toEqual([]);
    // onnx infers nothing below a MaxUnpool whose shape is said.
    const says = graph.nodes.some(({ operator, inputs }) => operator === 'MaxUnpool' && inputs.length > 2);
    if (!says) expect(unknown, name).toEqual([]);
  }
});

describe('a fault in a training step', () => {
  const model = referenceModel();
  const build = () =>
    stepGraph(model, {
      batch: request.batch,
      optimizer: optimizerSchema.parse({ name: 'sgd' }),
      target: targets.cpu,
    }).graph;
  const replace = (graph: Graph, name: string, change: (node: Node) => Node) => {
    const index = graph.nodes.findIndex((node) => node.name === name);
    const node = graph.nodes[index];
    if (node === undefined) throw new Error(`no node ${name} among ${graph.nodes.map((each) => each.name)}`);
    graph.nodes[index] = change(node);
  };

  const faults: Readonly<Record<string, (graph: Graph) => void>> = {
    'a wrong kernel shape': (graph) =>
      replace(graph, 'conv1/Conv', (node) =>
        node.operator === 'Conv'
          ? { ...node, attributes: { ...node.attributes, kernel_shape: [7, 7] } }
          : node,
      ),
    // dense1 is square at this size, so no shape can tell.
    'a flipped Gemm': (graph) =>
      replace(graph, 'dense1/Gemm', (node) =>
        node.operator === 'Gemm' ? { ...node, attributes: { ...node.attributes, transB: 0 } } : node,
      ),
    "two weights' updates exchanged": (graph) => {
      const [first, second] = [nextName('bn1.weight'), nextName('bn1.bias')];
      const found = [first, second].map((name) => graph.outputs.find((output) => output.name === name));
      found[0]?.rename(second);
      found[1]?.rename(first);
    },
  };

  /** What speaks against the graph: our check, onnx's checker, the shapes, or PyTorch's numbers after one step. */
  async function faultsFound(python: string | undefined, graph: Graph): Promise<string[]> {
    try {
      checkGraph(graph);
    } catch {
      return ['contradiction'];
    }
    const verdict = python === undefined ? undefined : checkGraphs(python, { graph }).get('graph');
    const structural = [
      ...(verdict?.error ? ['checker'] : []),
      ...(verdict?.differing.length ? ['shapes'] : []),
    ];
    return [...structural, ...((await numbersDiffer(graph)) ? ['numbers'] : [])];
  }

  async function numbersDiffer(graph: Graph): Promise<boolean> {
    try {
      const run = await compile(graph);
      const weights = noiseWeights(model);
      const zeros = graph.inputs.map(
        ({ name, sizes }) => [name, new Float32Array(sizes.reduce((a, b) => a * b, 1))] as const,
      );
      const results = await run({
        ...Object.fromEntries(zeros),
        ...Object.fromEntries(weights),
        ...noiseBatch(model, request.batch, 0),
        learning_rate: Float32Array.of(1),
      });
      return Object.entries(readReference().gradients).some(([name, { data, step }]) => {
        const before = weights.get(name) ?? new Float32Array();
        const moved = results[nextName(name)]
          ?.map((after, i) => (before[i] ?? 0) - after)
          .filter((_, i) => i % step === 0);
        return relativeError(moved ?? [], data) > 1e-2;
      });
    } catch {
      return true; // The runtime refuses the graph.
    }
  }

  it('is not found where there is none', async () => {
    expect(await faultsFound(pythonForTest('onnx'), build())).toEqual([]);
  });

  it.each(Object.entries(faults))('is found: %s', async (_, plant) => {
    const graph = build();
    plant(graph);
    expect(await faultsFound(pythonForTest('onnx'), graph)).not.toEqual([]);
  });
});
