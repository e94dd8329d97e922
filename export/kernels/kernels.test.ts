/** No training graph uses an operator, on element types, that its target's execution provider has no kernel for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryModel } from '../../dsl/testing/arbitraryModel.ts';
import { zoo } from '../../dsl/zoo.ts';
import { Graph, type Node } from '../graph.ts';
import { evaluationGraph } from '../inferenceGraph.ts';
import { opset } from '../onnx.ts';
import { optimizerNames, optimizerSchema } from '../optimizers.ts';
import { hostNodes, targetNames, targets } from '../targets.ts';
import { chunkGraph, stepGraph, trainingGraph } from '../trainingGraph.ts';
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

describe.each(targetNames)('on %s', (name) => {
  const target = targets[name];
  const table = readTable(name);
  const trainingGraphs = target.loop ? [stepGraph, chunkGraph] : [stepGraph];

  it('every node of models at random has a kernel', () => {
    const options = { batch: 2, optimizer: optimizerSchema.parse({ name: 'adamw' }), target };
    fc.assert(
      fc.property(arbitraryModel(), (model) => {
        expect(strangers(trainingGraph(model, options).graph, table)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('every node of an evaluation graph has a kernel', () => {
    for (const declare of Object.values(zoo)) {
      expect(strangers(evaluationGraph(declare({ size: 32 })), table)).toEqual([]);
    }
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
