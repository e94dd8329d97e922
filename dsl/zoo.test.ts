/** The architectures of the study are what their reasons and their types say. */
import { describe, expect, it } from 'vitest';
import { toArchitecture } from './architecture.ts';
import type { Model } from './model.ts';
import { literalZoo } from './testing/literalZoo.ts';
import { thrownBy } from './testing/thrownBy.ts';
import { cnn3to5, cnn3x3, cnn5x5, cnn7x7, fromZoo, zoo } from './zoo.ts';

const convolutions = ({ layers }: Model) =>
  layers.flatMap((layer) => (layer.kind === 'conv2d' ? [layer.attributes] : []));
const pools = ({ layers }: Model) =>
  layers.flatMap((layer) => (layer.kind === 'maxPool' ? [layer.attributes] : []));
const denses = ({ layers }: Model) =>
  layers.flatMap((layer) => (layer.kind === 'dense' ? [layer.attributes] : []));
const dropouts = ({ layers }: Model) =>
  layers.flatMap((layer) => (layer.kind === 'dropout' ? [layer.attributes] : []));

describe.each(Object.entries(zoo))('%s', (name, declare) => {
  it('is the declaration with literal sizes', () => {
    const [, written] = Object.entries(literalZoo).find(([literalName]) => literalName === name) ?? [];
    expect(written).toBeDefined();
    expect(declare().layers).toEqual(written?.layers);
  });

  it('is found by its name, which it carries', () => {
    expect(fromZoo(name)).toEqual(declare());
    expect(declare().name).toBe(name);
  });

  it('takes the size of the images and the number of classes', () => {
    const declared = fromZoo(name, { size: 48, classes: 5 });
    expect(declared.input).toEqual({ height: 48, width: 48, channels: 3 });
    expect(declared.classes).toBe(5);
    expect(declared.layers.at(-1)?.shape[1]).toBe(5);
    expect(declare({ size: 48 }).classes).toBe(24);
    expect(declare({ classes: 5 }).input.height).toBe(128);
  });

  it('gives a reason for each choice, with the numbers it has', () => {
    const declared = declare();
    const { reasons } = declared;
    const hidden = denses(declared).filter(({ units }) => units !== declared.classes);
    const choices = [
      ...(hidden.length === 0 ? [] : [`dense ${hidden.map(({ units }) => units).join(', ')}`]),
      ...dropouts(declared).map(({ rate }) => `dropout ${rate}`),
      ...convolutions(declared).map(({ kernel }) => `${kernel}x${kernel}`),
      ...pools(declared).map(({ kernel }) => `max-pool ${kernel}x${kernel}`),
      ...(name === 'baseline'
        ? ['flatten first']
        : [
            `channels ${[...new Set(convolutions(declared).map(({ filters }) => filters))].join(', ')}`,
            'batch norm',
          ]),
    ];
    for (const choice of choices) {
      expect(
        reasons.filter((reason) => reason.includes(choice)),
        choice,
      ).not.toEqual([]);
    }
    for (const reason of reasons) expect(reason).toMatch(/^[^:]+: .{20,}/);
  });
});

describe('the CNNs', () => {
  const kernels = (declared: Model) => convolutions(declared).map(({ kernel }) => kernel);

  it('have the kernels that their names say', () => {
    expect(kernels(cnn3x3())).toEqual([3, 3, 3, 3]);
    expect(kernels(cnn5x5())).toEqual([5, 5, 5, 5]);
    expect(kernels(cnn7x7())).toEqual([7, 7, 7, 7]);
    expect(kernels(cnn3to5())).toEqual([3, 3, 5, 5]);
    for (const declared of [cnn3x3(), cnn5x5(), cnn7x7(), cnn3to5()]) {
      const [first] = kernels(declared);
      expect(declared.reasons[0]).toMatch(new RegExp(`^${first}x${first} `));
    }
  });

  it.each(Object.entries({ cnn5x5, cnn7x7, cnn3to5 }))(
    '%s differs from cnn3x3 in nothing but kernels, name and the first reason',
    (_, declare) => {
      /** With the kernels of cnn3x3. */
      const levelled = (declared: Model) => {
        const { reasons, layers } = toArchitecture(declared);
        return {
          reasons: reasons.slice(1),
          layers: layers.map((layer) =>
            layer.kind === 'conv2d' ? { ...layer, attributes: { ...layer.attributes, kernel: 3 } } : layer,
          ),
        };
      };
      expect(levelled(declare())).toEqual(levelled(cnn3x3()));
      expect(declare().reasons[0]).not.toBe(cnn3x3().reasons[0]);
      expect(declare()).not.toEqual(cnn3x3());
    },
  );

  it('keep the sides in every convolution and halve them in every pool', () => {
    for (const declare of [cnn3x3, cnn5x5, cnn7x7, cnn3to5]) {
      const sides = declare({ size: 96 }).layers.map(({ shape }) => shape[2]);
      expect(new Set(sides)).toEqual(new Set([96, 48, 24, 12, 6, undefined]));
    }
  });
});

describe('an unknown name', () => {
  it.each([
    ['cnn3x4', 'cnn3x3'],
    ['cnn7', 'cnn7x7'],
    ['base-line', 'baseline'],
    ['cnn-3to5', 'cnn3to5'],
  ])('%s is answered with all names and the nearest, %s', (name, nearest) => {
    const { problem, code } = thrownBy(() => fromZoo(name));
    expect(code).toBe('name');
    expect(problem.found).toBe(`"${name}"`);
    for (const known of Object.keys(zoo)) expect(problem.expected).toContain(known);
    expect(problem.next).toBe(`Did you mean ${nearest}?`);
  });

  it('that every object has is unknown too', () => {
    expect(thrownBy(() => fromZoo('constructor')).code).toBe('name');
  });
});
