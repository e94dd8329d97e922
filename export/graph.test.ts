import { describe, expect, it } from 'vitest';
import { AreographError } from '../dsl/errors.ts';
import { Graph } from './graph.ts';
import { compile } from './testing/run.ts';

function small() {
  const graph = new Graph('small');
  return { graph, x: graph.input('x', 'float32', [2, 3]), y: graph.input('y', 'float32', [2, 3]) };
}

describe('a graph', () => {
  it('shares equal applications, and keeps different ones apart', () => {
    const { graph, x, y } = small();
    expect(x.add(y)).toBe(x.add(y));
    expect(x.add(y)).not.toBe(y.add(x));
    expect(x.slice(1, 0, 2)).toBe(x.slice(1, 0, 2));
    expect(x.slice(1, 0, 2)).not.toBe(x.slice(1, 0, 1));
    expect(x.mean([0])).not.toBe(x.mean([1]));
    expect(graph.scalar(0.5)).toBe(graph.scalar(0.5));
    expect(graph.scalar(1)).not.toBe(graph.ints([1]));
  });

  it('leaves out what no output needs', () => {
    const { graph, x, y } = small();
    x.mul(7).exp();
    graph.output('sum', x.add(y));
    graph.prune();
    expect(graph.nodes.map(({ operator }) => operator)).toEqual(['Add']);
    expect(graph.initializers).toEqual([]);
  });

  it('computes the indices of a max-pool only where they are used', () => {
    const graph = new Graph('pool');
    const x = graph.input('x', 'float32', [1, 1, 4, 4]);
    const window = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };
    graph.output('y', x.apply('MaxPool', window));
    expect(graph.prune().nodes[0]?.outputs).toHaveLength(1);
  });

  it('gives inputs and values that are outputs already a copy, under the promised name', async () => {
    const { graph, x, y } = small();
    const sum = x.add(y);
    graph.output('first', sum);
    graph.output('second', sum);
    graph.output('x.again', x);
    const run = await compile(graph.prune());
    const results = await run({ x: Float32Array.of(1, 2, 3, 4, 5, 6), y: new Float32Array(6).fill(1) });
    expect(Array.from(results['first'] ?? [])).toEqual([2, 3, 4, 5, 6, 7]);
    expect(results['second']).toEqual(results['first']);
    expect(Array.from(results['x.again'] ?? [])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('uses a value correctly after it became an output', async () => {
    const { graph, x, y } = small();
    const sum = x.add(y);
    const before = sum.mul(2);
    graph.output('sum', sum);
    graph.output('difference', before.sub(sum.mul(2)));
    graph.output('square', sum.mul(sum));
    const run = await compile(graph.prune());
    const { difference, square } = await run({
      x: new Float32Array(6).fill(1),
      y: new Float32Array(6).fill(2),
    });
    expect(new Set(difference)).toEqual(new Set([0]));
    expect(new Set(square)).toEqual(new Set([9]));
  });

  it('refuses a name twice, and operands that do not fit, naming the node', () => {
    const { graph, x } = small();
    expect(() => graph.input('x', 'float32', [1])).toThrow(AreographError);
    const wrong = graph.input('wrong', 'float32', [4, 5]);
    expect(() => graph.scoped('conv9.gradient', () => x.add(wrong))).toThrow(
      /conv9\.gradient\/Add.*float32\[2, 3\], float32\[4, 5\].*2 and 4 do not broadcast/,
    );
    expect(() => x.matMul(x)).toThrow(/MatMul/);
    expect(() => x.reshape(4, 4)).toThrow(/does not reshape/);
    expect(() => x.transpose(0, 0)).toThrow(/no permutation/);
    expect(() => x.add(graph.input('whole', 'int32', [2, 3]))).toThrow(/element types differ/);
  });

  it('puts an operator into the innermost graph of its operands', () => {
    const { graph, x } = small();
    const body = new Graph('body', graph);
    const inner = body.input('inner', 'float32', [2, 3]);
    expect(x.add(inner).graph).toBe(body);
    expect(inner.add(x).graph).toBe(body);
    expect(x.add(1).graph).toBe(graph);
    expect(body.captured()).toContain(x);
    expect(() => body.input('x', 'float32', [1])).toThrow(AreographError);
  });
});
