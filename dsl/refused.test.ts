/** Wrong models: refused in the editor and, for whoever runs without a type checker, at run time. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AreographError } from './errors.ts';
import { model } from './model.ts';
import type { N } from './shape.ts';
import { add, concat, ensemble, input, Tensor } from './tensor.ts';
import { thrownBy } from './testing/thrownBy.ts';
import { typecheckSource } from './testing/typecheck.ts';
import { wrongModels } from './testing/wrongModels.ts';

describe('at run time', () => {
  it.each(wrongModels)('$title is refused', ({ declare, fromData, problem }) => {
    const error = thrownBy(fromData ?? declare);
    expect(error.problem).toMatchObject(problem);
    expect(error.code).toBe(problem.code);
    expect(error.message).toContain(
      `${problem.where}: expected ${problem.expected}, found ${problem.found}.`,
    );
  });
});

describe('the type checker', () => {
  const directive = '// @ts-expect-error';
  const source = readFileSync(new URL('./testing/wrongModels.ts', import.meta.url), 'utf8');
  const wrongLines = source.split('\n').flatMap((text, i) => (text.trim() === directive ? [i + 2] : []));
  const { problems } = typecheckSource(source.replaceAll(directive, '// wrong'));

  it('refuses every wrong line, once, and no other', () => {
    expect(wrongLines).toHaveLength(wrongModels.length);
    expect(problems.map(({ line }) => line)).toEqual(wrongLines);
  });

  it.each(wrongModels.map((wrong, i) => ({ ...wrong, message: problems[i]?.message })))(
    'says what is wrong with $title',
    ({ inEditor, message }) => {
      for (const part of inEditor) expect(message).toContain(part);
    },
  );
});

describe('what only a run can know', () => {
  it('tensors of two inputs', () => {
    const problem = {
      code: 'shape',
      expected: 'tensors that come from one input',
      found: 'tensors of two different inputs',
    };
    const sum = thrownBy(() => add(input(8, 8), input(8, 8)));
    expect(sum.problem).toMatchObject({ ...problem, where: 'add1' });
    const joined = thrownBy(() => concat(input(8, 8), input(8, 8)));
    expect(joined.problem).toMatchObject({ ...problem, where: 'concat1' });
  });

  it('a name used twice', () => {
    const x = input(8, 8).conv2d(4, { kernel: 3, name: 'stem' });
    expect(thrownBy(() => x.relu({ name: 'stem' })).problem).toMatchObject({
      code: 'name',
      where: 'stem',
      found: 'a second layer of that name',
    });
  });

  it('a name that was given automatically before', () => {
    const x = input(8, 8).conv2d(4, { kernel: 3 });
    expect(thrownBy(() => x.conv2d(4, { kernel: 3, name: 'conv1' })).problem).toMatchObject({
      code: 'name',
      where: 'conv1',
    });
  });

  it('a name that no file and no graph could carry', () => {
    for (const name of ['', '1st', 'a.b', 'a b', 'a#1']) {
      const { problem } = thrownBy(() => input(8, 8).relu({ name }));
      expect(problem).toMatchObject({ code: 'name', where: 'a relu layer', found: JSON.stringify(name) });
    }
  });

  it('sizes that are computed', () => {
    const size = Number('8');
    expect(() => input(size, size).conv2d(4, { kernel: size + 1, padding: 0 })).toThrow(AreographError);
    expect(() => input(size, size).dropout(size)).toThrow(AreographError);
    expect(() => input(size, size).conv2d(size / 3, { kernel: 3 })).toThrow(AreographError);
  });

  it('epsilon, momentum and slope outside their ranges', () => {
    const x = input(8, 8);
    expect(thrownBy(() => x.batchNorm({ epsilon: 0 })).problem.where).toBe('bn1, option epsilon');
    expect(thrownBy(() => x.batchNorm({ momentum: 1.5 })).problem.where).toBe('bn2, option momentum');
    expect(thrownBy(() => x.layerNorm({ epsilon: -1 })).problem.where).toBe('ln1, option epsilon');
    expect(thrownBy(() => x.groupNorm(3, { epsilon: 0 })).problem.where).toBe('gn1, option epsilon');
    expect(thrownBy(() => x.leakyRelu({ slope: Number.NaN })).problem.where).toBe('leakyRelu1, option slope');
  });

  it('an ensemble of one, and one inside a network', () => {
    const logits = (classes: number) => input(8, 8).flatten().dense(classes);
    expect(thrownBy(() => ensemble([logits(3)])).problem).toMatchObject({
      code: 'shape',
      where: 'ensemble1',
      expected: 'two inputs or more',
      found: '1',
    });
    const x = input(8, 8).flatten();
    const inside = Tensor.apply<[N, 3]>('ensemble', {}, [x.dense(3), x.dense(3)]);
    expect(thrownBy(() => model('odd', inside.relu().softmax())).problem).toMatchObject({
      code: 'model',
      where: 'ensemble1',
      expected: 'an ensemble of logits, with nothing between it and the softmax',
    });
  });

  it('a layer with too few or too many inputs', () => {
    const x = input(8, 8);
    expect(thrownBy(() => Tensor.apply('add', {}, [x])).problem).toMatchObject({
      code: 'shape',
      where: 'add1',
      expected: 'two inputs or more',
      found: '1',
    });
    expect(thrownBy(() => Tensor.apply('relu', {}, [x, x])).problem).toMatchObject({
      code: 'shape',
      where: 'relu1',
      expected: '1 input',
      found: '2',
    });
    expect(thrownBy(() => Tensor.apply('scale', {}, [x, x, x])).problem).toMatchObject({
      code: 'shape',
      where: 'scale1',
      expected: '2 inputs',
      found: '3',
    });
  });
});

it('a block whose name is taken', () => {
  const x = input(8, 8).squeezeExcitation({ reduction: 1, name: 'gates' });
  expect(thrownBy(() => x.squeezeExcitation({ reduction: 1, name: 'gates' })).problem).toMatchObject({
    code: 'name',
    where: 'gates',
  });
  expect(thrownBy(() => x.relu({ name: 'gates_relu' })).problem.where).toBe('gates_relu');
});

it('an automatic name steps around one that was given', () => {
  const x = input(8, 8).conv2d(4, { kernel: 3, name: 'conv1' });
  expect(x.conv2d(4, { kernel: 3 }).layer.name).toBe('conv2');
});
