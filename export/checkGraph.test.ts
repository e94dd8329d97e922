/** Graphs that contradict themselves are refused, in the bodies of loops too, and no graph of the compiler is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { model } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { arbitraryModel } from '../dsl/testing/arbitraryModel.ts';
import { thrownBy } from '../dsl/testing/thrownBy.ts';
import { checkGraph } from './checkGraph.ts';
import { Graph, type Node, Value } from './graph.ts';
import { inferenceGraph } from './inferenceGraph.ts';
import { initialize } from './initialize.ts';
import { encodeModel } from './onnx.ts';
import { optimizerSchema } from './optimizers.ts';
import { targets } from './targets.ts';
import { someLayers } from './testing/someLayers.ts';
import { chunkGraph, stepGraph } from './trainingGraph.ts';

const optimizer = optimizerSchema.parse({ name: 'sgd' });
const declared = model(
  'small',
  input(8, 8).conv2d(4, { kernel: 3 }).batchNorm().relu().maxPool({ kernel: 2 }).flatten().dense(3).softmax(),
);

it('every graph of any model holds', () => {
  fc.assert(
    fc.property(arbitraryModel({ ensembles: true }), fc.nat(), (drawn, draw) => {
      const frozen = someLayers(drawn, draw);
      checkGraph(chunkGraph(drawn, { batch: 3, optimizer, target: targets.cpu, frozen }).graph);
      checkGraph(stepGraph(drawn, { batch: 3, optimizer, target: targets.webgpu, frozen }).graph);
      checkGraph(inferenceGraph(drawn, initialize(drawn, 1)));
      checkGraph(chunkGraph(drawn, { batch: 3, optimizer, target: targets.cpu }).graph);
      checkGraph(stepGraph(drawn, { batch: 3, optimizer, target: targets.webgpu }).graph);
    }),
    { numRuns: 30 },
  );
});

/** The step itself, and the same step as the body of a loop. */
const graphs: Readonly<Record<string, () => { whole: Graph; step: Graph }>> = {
  'a step'() {
    const { graph } = stepGraph(declared, { batch: 3, optimizer, target: targets.cpu });
    return { whole: graph, step: graph };
  },
  'the body of a loop'() {
    const { graph } = chunkGraph(declared, { batch: 3, optimizer, target: targets.cpu });
    const bodies = graph.nodes.flatMap((node) => (node.operator === 'Loop' ? [node.attributes.body] : []));
    const [body] = bodies;
    if (!(body instanceof Graph)) throw new Error('the chunk has no loop');
    return { whole: graph, step: body };
  },
};

function change(graph: Graph, name: string, to: (node: Node) => Node): void {
  const index = graph.nodes.findIndex((node) => node.name === name);
  const node = graph.nodes[index];
  if (node === undefined) throw new Error(`no node ${name} among ${graph.nodes.map((each) => each.name)}`);
  graph.nodes[index] = to(node);
}

/** A value like another, but of other type or name. */
function altered(
  value: Value,
  { name = value.name, dtype = value.dtype, dims = value.dims }: Partial<Value>,
): Value {
  return new Value(value.graph, name, { dtype, dims }, value.constant);
}

interface Fault {
  plant(step: Graph): void;
  /** What is named in the error. */
  readonly where: string;
  readonly found: string;
}

const faults: Readonly<Record<string, Fault>> = {
  'an attribute that gives another shape': {
    plant: (step) =>
      change(step, 'conv1/Conv', (node) =>
        node.operator === 'Conv' ? { ...node, attributes: { ...node.attributes, strides: [2, 2] } } : node,
      ),
    where: 'conv1/Conv',
    found: 'conv1/Conv as float32[3, 4, 8, 8]',
  },
  'an attribute that does not suit the inputs': {
    plant: (step) =>
      change(step, 'conv1/Conv', (node) =>
        node.operator === 'Conv' ? { ...node, attributes: { ...node.attributes, group: 3 } } : node,
      ),
    where: 'conv1/Conv',
    found: 'weights for 3 channels in 3 groups, input with 3',
  },
  'an input that does not suit the operator': {
    plant: (step) => change(step, 'dense1/Gemm', (node) => ({ ...node, inputs: node.inputs.toReversed() })),
    where: 'dense1/Gemm',
    found: 'matrices are needed',
  },
  'an output of another shape': {
    plant: (step) =>
      change(step, 'relu1/Relu', (node) => ({
        ...node,
        outputs: node.outputs.map((output) => altered(output, { dims: [3, 4, 8, 9] })),
      })),
    where: 'relu1/Relu',
    found: 'relu1/Relu as float32[3, 4, 8, 9]',
  },
  'an output of another element type': {
    plant: (step) =>
      change(step, 'relu1/Relu', (node) => ({
        ...node,
        outputs: node.outputs.map((output) => altered(output, { dtype: 'int32' })),
      })),
    where: 'relu1/Relu',
    found: 'relu1/Relu as int32[3, 4, 8, 8]',
  },
  'more outputs than the operator has': {
    plant: (step) =>
      change(step, 'relu1/Relu', (node) => ({ ...node, outputs: [...node.outputs, ...node.outputs] })),
    where: 'relu1/Relu',
    found: '2',
  },
  'a node before its inputs': {
    plant(step) {
      const index = step.nodes.findIndex(({ name }) => name === 'relu1/Relu');
      step.nodes.unshift(...step.nodes.splice(index, 1));
    },
    where: 'relu1/Relu',
    found: 'bn1/BatchNormalization',
  },
  'a value that nothing computes': {
    plant: (step) =>
      change(step, 'relu1/Relu', (node) => ({
        ...node,
        inputs: node.inputs.map((value) => altered(value, { name: 'from nowhere' })),
      })),
    where: 'relu1/Relu',
    found: 'from nowhere',
  },
  'two values of one name': {
    plant: (step) =>
      change(step, 'relu1/Relu', (node) => {
        for (const output of node.outputs) output.rename('conv1/Conv');
        return node;
      }),
    where: 'relu1/Relu',
    found: 'a second value named conv1/Conv',
  },
  'two nodes of one name': {
    plant: (step) => change(step, 'relu1/Relu', (node) => ({ ...node, name: 'conv1/Conv' })),
    where: 'small.step',
    found: 'conv1/Conv',
  },
  'an output that nothing computes': {
    plant: (step) => {
      const [first] = step.outputs;
      if (first !== undefined) step.outputs.push(altered(first, { name: 'promised' }));
    },
    where: 'small.step',
    found: 'promised',
  },
  'an output given twice': {
    plant: (step) => void step.outputs.push(...step.outputs.slice(0, 1)),
    where: 'small.step',
    found: 'loss',
  },
};

describe.each(Object.entries(graphs))('in %s', (_, build) => {
  it('nothing is found where there is no fault', () => {
    const { whole } = build();
    expect(() => checkGraph(whole)).not.toThrow();
  });

  it.each(Object.entries(faults))('%s is found', (__, { plant, where, found }) => {
    const { whole, step } = build();
    plant(step);
    const { problem } = thrownBy(() => encodeModel(whole));
    expect(problem.code).toBe('graph');
    expect(problem.where).toContain(where);
    expect(problem.found).toContain(found);
  });
});

describe('an initializer', () => {
  const withInitializer = (value: (graph: Graph) => Value) => {
    const graph = new Graph('weights');
    const initializer = value(graph);
    graph.initializers.splice(0, graph.initializers.length, initializer);
    graph.output('sum', initializer.add(initializer));
    return graph;
  };
  const numbers = { dtype: 'float32', dims: [2], data: new Float32Array(2) } as const;

  it.each<[string, (graph: Graph) => Value, string | undefined]>([
    ['that fits', (graph) => new Value(graph, 'w', numbers, numbers), undefined],
    ['without numbers', (graph) => new Value(graph, 'w', numbers), 'none'],
    [
      'of another type than it says',
      (graph) => new Value(graph, 'w', { dtype: 'int32', dims: [2] }, numbers),
      'float32[2]',
    ],
    [
      'of too many numbers',
      (graph) => new Value(graph, 'w', numbers, { ...numbers, data: new Float32Array(3) }),
      '3 in a Float32Array',
    ],
    [
      'of other numbers',
      (graph) => new Value(graph, 'w', numbers, { ...numbers, data: new Int32Array(2) }),
      '2 in a Int32Array',
    ],
  ])('%s', (_, value, found) => {
    const graph = withInitializer(value);
    if (found === undefined) checkGraph(graph);
    else expect(thrownBy(() => checkGraph(graph)).problem).toMatchObject({ where: 'w', found });
  });
});

it('a loop whose body gives another state is found', () => {
  const { graph } = chunkGraph(declared, { batch: 3, optimizer, target: targets.cpu });
  const loop = graph.nodes.find(({ operator }) => operator === 'Loop');
  if (loop?.operator !== 'Loop' || !(loop.attributes.body instanceof Graph)) throw new Error('no loop');
  // Both are computed in the body, and each is of its type: only the loop knows what belongs where.
  loop.attributes.body.outputs.reverse();
  expect(thrownBy(() => checkGraph(graph)).problem).toMatchObject({ code: 'graph', where: loop.name });
});
