/** Architectures as data: nothing is lost, and what breaks a rule is refused by name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromArchitecture, toArchitecture } from './architecture.ts';
import { layerRules } from './layers.ts';
import { type Model, model } from './model.ts';
import { concat, input } from './tensor.ts';
import { arbitraryModel } from './testing/arbitraryModel.ts';
import { thrownBy } from './testing/thrownBy.ts';
import { zoo } from './zoo.ts';

function throughJson(declared: Model): Model {
  const read: unknown = JSON.parse(JSON.stringify(toArchitecture(declared)));
  return fromArchitecture(read);
}

describe('a model written as JSON and read again', () => {
  it.each(Object.entries(zoo))('is the same: %s', (_, declare) => {
    const declared = declare({ size: 64, classes: 7 });
    expect(throughJson(declared)).toEqual(declared);
  });

  it('is the same: any model', () => {
    fc.assert(
      fc.property(arbitraryModel({ ensembles: true }), (declared) => {
        expect(throughJson(declared)).toEqual(declared);
      }),
    );
  });

  it('keeps names, options and the order of inputs', () => {
    const x = input(8, 8, 1);
    const wide = x.conv2d(4, { kernel: 3, stride: 2, padding: 2, dilation: 2, bias: false, name: 'wide' });
    const narrow = wide.conv2d(2, { kernel: 1, groups: 2, name: 'narrow' });
    const head = concat(wide, narrow, { name: 'joined' }).flatten().dense(3, { bias: false }).softmax();
    const written = toArchitecture(model('two-branches', head, ['because']));
    expect(written).toEqual({
      name: 'two-branches',
      reasons: ['because'],
      layers: [
        { name: 'input', kind: 'input', attributes: { channels: 1, height: 8, width: 8 }, inputs: [] },
        {
          name: 'wide',
          kind: 'conv2d',
          attributes: { filters: 4, kernel: 3, stride: 2, padding: 2, dilation: 2, groups: 1, bias: false },
          inputs: ['input'],
        },
        {
          name: 'narrow',
          kind: 'conv2d',
          attributes: {
            filters: 2,
            kernel: 1,
            stride: 1,
            padding: 'same',
            dilation: 1,
            groups: 2,
            bias: true,
          },
          inputs: ['wide'],
        },
        { name: 'joined', kind: 'concat', attributes: {}, inputs: ['wide', 'narrow'] },
        { name: 'flatten1', kind: 'flatten', attributes: {}, inputs: ['joined'] },
        { name: 'dense1', kind: 'dense', attributes: { units: 3, bias: false }, inputs: ['flatten1'] },
        { name: 'softmax1', kind: 'softmax', attributes: {}, inputs: ['dense1'] },
      ],
    });
    expect(fromArchitecture(written).layers.map(({ shape }) => shape.slice(1))).toEqual([
      [1, 8, 8],
      [4, 4, 4],
      [2, 4, 4],
      [6, 4, 4],
      [96],
      [3],
      [3],
    ]);
  });

  it('joins more than two tensors', () => {
    const { layers } = toArchitecture(model('one', input(8, 8).flatten().softmax()));
    const [image, flatten, softmax] = layers;
    const three = { name: 'three', kind: 'concat', attributes: {}, inputs: ['input', 'input', 'input'] };
    const read = fromArchitecture({
      name: 'm',
      layers: [image, three, { ...flatten, inputs: ['three'] }, softmax],
    });
    expect(read.layers.map(({ kind }) => kind)).toEqual(['input', 'concat', 'flatten', 'softmax']);
    expect(read.classes).toBe(3 * 3 * 64);
    expect(throughJson(read)).toEqual(read);
  });
});

describe('data that is no model', () => {
  const written = toArchitecture(
    model('right', input(8, 8).conv2d(4, { kernel: 3 }).maxPool({ kernel: 2 }).flatten().dense(3).softmax()),
  );

  /** The right architecture with one layer changed. */
  function changed(name: string, change: Readonly<Record<string, unknown>>) {
    expect(written.layers.map((layer) => layer.name)).toContain(name);
    return {
      ...written,
      layers: written.layers.map((layer) => (layer.name === name ? { ...layer, ...change } : layer)),
    };
  }
  const refusal = (data: unknown) => thrownBy(() => fromArchitecture(data)).problem;

  it('is right before it is changed', () => {
    expect(fromArchitecture(written).layers).toHaveLength(6);
  });

  it('an unknown kind', () => {
    expect(refusal(changed('maxPool1', { kind: 'medianPool' }))).toMatchObject({
      code: 'model',
      where: 'maxPool1',
      found: '"medianPool" as its kind',
    });
    // A name that every object has is no kind either.
    expect(refusal(changed('maxPool1', { kind: 'constructor' })).where).toBe('maxPool1');
  });

  it('an unknown input', () => {
    expect(refusal(changed('dense1', { inputs: ['flatten9'] }))).toMatchObject({
      code: 'name',
      where: 'dense1',
      expected: 'inputs among the layers before it (input, conv1, maxPool1, flatten1)',
      found: '"flatten9"',
    });
  });

  it('an input that comes later', () => {
    expect(refusal(changed('conv1', { inputs: ['maxPool1'] }))).toMatchObject({
      code: 'name',
      where: 'conv1',
    });
  });

  it('a missing attribute', () => {
    const { where, found, code } = refusal(changed('dense1', { attributes: { units: 3 } }));
    expect({ where, code }).toEqual({ where: 'dense1 (dense)', code: 'model' });
    expect(found).toContain('at bias');
  });

  it('an attribute of the wrong type', () => {
    const { where, found } = refusal(
      changed('maxPool1', { attributes: { kernel: '2', stride: 2, padding: 0 } }),
    );
    expect(where).toBe('maxPool1 (maxPool)');
    expect(found).toContain('expected number, received string');
    expect(found).toContain('at kernel');
  });

  it('an attribute that the kind does not have', () => {
    const { where, found } = refusal(changed('flatten1', { attributes: { axis: 1 } }));
    expect(where).toBe('flatten1 (flatten)');
    expect(found).toContain('"axis"');
  });

  it('an attribute outside its range', () => {
    expect(refusal(changed('dense1', { attributes: { units: 0, bias: true } }))).toMatchObject({
      code: 'option',
      where: 'dense1, option units',
      found: '0',
    });
  });

  it('a layer on a tensor of the wrong rank', () => {
    expect(refusal(changed('dense1', { inputs: ['maxPool1'] }))).toMatchObject({
      code: 'shape',
      where: 'dense1',
      found: '4: [N, 4, 4, 4]',
    });
  });

  it('a layer with the wrong number of inputs', () => {
    expect(refusal(changed('flatten1', { inputs: [] }))).toMatchObject({ where: 'flatten1', found: '0' });
    expect(refusal(changed('flatten1', { inputs: ['conv1', 'conv1'] }))).toMatchObject({
      where: 'flatten1',
      found: '2',
    });
  });

  it('a softmax in the middle', () => {
    const { layers } = written;
    const middle = { name: 'early', kind: 'softmax', attributes: {}, inputs: ['flatten1'] };
    expect(
      refusal({ ...written, layers: [...layers.slice(0, 4), middle, ...layers.slice(4)] }),
    ).toMatchObject({
      code: 'model',
      where: 'early',
      found: 'a softmax that is not the last layer',
    });
  });

  it('no softmax', () => {
    expect(refusal({ ...written, layers: written.layers.slice(0, -1) })).toMatchObject({
      code: 'model',
      where: 'right',
      found: 'dense as the last layer',
    });
  });

  it('a name used twice, by a second input too', () => {
    const [image, ...others] = written.layers;
    expect(refusal(changed('maxPool1', { name: 'conv1' }))).toMatchObject({ code: 'name', where: 'conv1' });
    expect(refusal({ ...written, layers: [image, image, ...others] })).toMatchObject({
      code: 'name',
      where: 'input',
    });
  });

  it('what is no architecture at all', () => {
    for (const data of [null, 'cnn3x3', [], {}, { ...written, layers: [] }, { ...written, version: 2 }]) {
      expect(refusal(data)).toMatchObject({ code: 'model', where: 'the architecture' });
    }
  });
});

describe('random models, which property tests rely on', () => {
  const sample = fc.sample(arbitraryModel(), { numRuns: 500, seed: 1 });

  it('reach every kind of layer', () => {
    const sample = fc.sample(arbitraryModel({ ensembles: true }), { numRuns: 500, seed: 1 });
    const reached = new Set(sample.flatMap(({ layers }) => layers.map(({ kind }) => kind)));
    expect([...reached].sort()).toEqual(Object.keys(layerRules).sort());
  });

  it('stay within their bounds, and reach them', () => {
    const sides = sample.flatMap(({ input: { height, width } }) => [height, width]);
    expect([Math.min(...sides), Math.max(...sides)]).toEqual([5, 16]);
    const classes = sample.map((declared) => declared.classes);
    expect([Math.min(...classes), Math.max(...classes)]).toEqual([2, 6]);
    const counts = sample.map(({ layers }) => layers.length);
    expect(Math.max(...counts)).toBe(14);
    const few = fc.sample(arbitraryModel({ maxLayers: 5 }), { numRuns: 200, seed: 1 });
    expect(Math.max(...few.map(({ layers }) => layers.length))).toBe(5);
  });

  it('often branch and join again', () => {
    const joining = sample.filter(({ layers }) => layers.some(({ inputs }) => new Set(inputs).size > 1));
    expect(joining.length).toBeGreaterThan(sample.length / 5);
  });

  it('hold no dropout where none is wanted', () => {
    const kinds = (dropout: boolean) =>
      fc
        .sample(arbitraryModel({ dropout }), { numRuns: 200, seed: 1 })
        .flatMap(({ layers }) => layers.map(({ kind }) => kind));
    expect(kinds(true)).toContain('dropout');
    expect(kinds(false)).not.toContain('dropout');
  });

  it('print as their summary', () => {
    const [first] = sample;
    expect(fc.stringify(first)).toContain('arbitrary: ');
  });
});
