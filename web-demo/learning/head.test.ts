import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toArchitecture } from '../../dsl/architecture.ts';
import { input, model } from '../../dsl/index.ts';
import { parameters } from '../../dsl/model.ts';
import { arbitraryModel } from '../../dsl/testing/arbitraryModel.ts';
import { zoo } from '../../dsl/zoo.ts';
import { adapt } from './head.ts';

describe('a head for other classes', () => {
  it('is the last dense layer; the dropout before it stays active', () => {
    const { model: adapted, body, heads } = adapt(toArchitecture(zoo.cnn3x3({ size: 64 })), 'mine', 3);
    expect(adapted.name).toBe('mine');
    expect(adapted.classes).toBe(3);
    expect(heads).toEqual(['dense2']);
    expect(adapted.layers.map(({ name }) => name).filter((name) => !body.includes(name))).toEqual([
      'dropout1',
      'dense2',
      'softmax1',
    ]);
  });

  it('is that of every member of an ensemble', () => {
    const { model: adapted, body, heads } = adapt(toArchitecture(zoo.marsnet({ size: 32 })), 'mine', 3);
    expect(adapted.classes).toBe(3);
    expect(heads).toEqual(['dense1', 'dense2']);
    expect(adapted.layers.map(({ name }) => name).filter((name) => !body.includes(name))).toEqual([
      'dropout1',
      'dense1',
      'dropout2',
      'dense2',
      'ensemble1',
      'softmax1',
    ]);
  });

  it('changes nothing else, in any network', () => {
    fc.assert(
      fc.property(arbitraryModel({ ensembles: true }), fc.integer({ min: 2, max: 9 }), (base, classes) => {
        const { model: adapted, body, heads } = adapt(toArchitecture(base), 'mine', classes);
        const shapes = parameters(base).map(({ name, shape }) => ({
          name,
          shape: heads.some((head) => name.startsWith(`${head}.`)) ? [classes, ...shape.slice(1)] : shape,
        }));
        expect(parameters(adapted).map(({ name, shape }) => ({ name, shape }))).toEqual(shapes);
        for (const head of heads) expect(body).not.toContain(head);
        expect(body).toContain(base.layers[0]?.name);
      }),
      { numRuns: 50 },
    );
  });

  it('is refused where the last layer is another', () => {
    const convolutional = model(
      'pooled',
      input(8, 8, 3).conv2d(4, { kernel: 3 }).globalAveragePool().softmax(),
    );
    expect(() => adapt(toArchitecture(convolutional), 'mine', 2)).toThrow(
      'pooled: expected a dense layer before the softmax, which can be made anew for other classes, found globalAveragePool',
    );
  });
});
