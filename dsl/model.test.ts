/** Closing a declaration: the layers it needs, in an order in which they can be computed. */
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Model, model } from './model.ts';
import { formatShape } from './shape.ts';
import { add, concat, input, type Tensor } from './tensor.ts';
import { arbitraryModel } from './testing/arbitraryModel.ts';
import { thrownBy } from './testing/thrownBy.ts';

describe('a model', () => {
  it('knows its input, classes and reasons', () => {
    const declared = model('small', input(9, 8, 1).flatten().dense(5).softmax(), ['why not']);
    expect(declared).toMatchObject({
      name: 'small',
      input: { height: 9, width: 8, channels: 1 },
      classes: 5,
      reasons: ['why not'],
    });
    expectTypeOf(declared).toEqualTypeOf<Model<5>>();
  });

  it('leaves out layers that the head does not need', () => {
    const x = input(8, 8);
    x.conv2d(4, { kernel: 3 }).relu();
    const { layers } = model('small', x.flatten().softmax());
    expect(layers.map(({ name }) => name)).toEqual(['input', 'flatten1', 'softmax1']);
  });

  it('lists every layer once, after those it takes', () => {
    fc.assert(
      fc.property(arbitraryModel(), ({ layers }) => {
        expect(new Set(layers).size).toBe(layers.length);
        expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length);
        for (const [position, { inputs }] of layers.entries()) {
          for (const taken of inputs) expect(layers.slice(0, position)).toContain(taken);
        }
        expect(layers[0]?.kind).toBe('input');
        expect(layers.at(-1)?.kind).toBe('softmax');
      }),
    );
  });

  it('may be deeper than the call stack, and branch at every layer', () => {
    let x: Tensor<[Tensor['shape'][0], 3, 2, 2]> = input(2, 2);
    for (let i = 0; i < 10_000; i += 1) x = add(x, x.relu());
    expect(model('deep', x.flatten().softmax()).layers).toHaveLength(20_003);
  });

  it('takes branches in the order of the join', () => {
    const x = input(8, 8);
    const [a, b] = [x.conv2d(2, { kernel: 1, name: 'a' }), x.conv2d(2, { kernel: 1, name: 'b' })];
    const names = (tensor: typeof a) =>
      model('m', tensor.globalAveragePool().softmax()).layers.map(({ name }) => name);
    expect(names(add(a, b)).slice(0, 4)).toEqual(['input', 'a', 'b', 'add1']);
    expect(names(add(b, a)).slice(0, 4)).toEqual(['input', 'b', 'a', 'add2']);
    expect(concat(b, a).layer.inputs.map(({ name }) => name)).toEqual(['b', 'a']);
  });

  it('holds squeeze-and-excitation as the layers of the paper', () => {
    const x = input(4, 4, 8);
    const twice = x.squeezeExcitation({ reduction: 4 }).squeezeExcitation({ reduction: 2, name: 'gates' });
    const { layers } = model('gated', twice.globalAveragePool().softmax());
    const told = layers.slice(0, -2).map(({ name, kind, inputs, shape }) => {
      return `${name} ${kind}(${inputs.map((from) => from.name)}) ${formatShape(shape)}`;
    });
    expect(told).toEqual([
      'input input() [N, 8, 4, 4]',
      'se1_squeeze globalAveragePool(input) [N, 8]',
      'se1_reduce dense(se1_squeeze) [N, 2]',
      'se1_relu relu(se1_reduce) [N, 2]',
      'se1_expand dense(se1_relu) [N, 8]',
      'se1_gate sigmoid(se1_expand) [N, 8]',
      'se1_scale scale(input,se1_gate) [N, 8, 4, 4]',
      'gates_squeeze globalAveragePool(se1_scale) [N, 8]',
      'gates_reduce dense(gates_squeeze) [N, 4]',
      'gates_relu relu(gates_reduce) [N, 4]',
      'gates_expand dense(gates_relu) [N, 8]',
      'gates_gate sigmoid(gates_expand) [N, 8]',
      'gates_scale scale(se1_scale,gates_gate) [N, 8, 4, 4]',
    ]);
  });

  it('has a name that a file can have', () => {
    const head = input(8, 8).flatten().softmax();
    for (const name of ['cnn3x3', 'my_net-2.1', '7up']) expect(model(name, head).name).toBe(name);
    for (const name of ['', '../up', 'a b', '.hidden', '-flag', 'a/b']) {
      expect(thrownBy(() => model(name, head)).problem).toMatchObject({
        code: 'name',
        where: 'the model',
        found: JSON.stringify(name),
      });
    }
  });
});
