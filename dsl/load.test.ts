/** Models by the name of an architecture or of a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AreographError, type Problem } from './errors.ts';
import { loadModel } from './load.ts';
import { cnn3x3 } from './zoo.ts';

const folder = mkdtempSync(join(tmpdir(), 'areograph-'));
afterAll(() => rmSync(folder, { recursive: true }));

const imports = ['tensor', 'model']
  .map((file) => `import * as ${file} from '${new URL(`./${file}.ts`, import.meta.url).href}';\n`)
  .join('');

/** The path of a file that declares a model. */
function written(name: string, code: string): string {
  const file = join(folder, name);
  writeFileSync(file, imports + code);
  return file;
}

async function problemOf(nameOrFile: string): Promise<Problem> {
  const error: unknown = await loadModel(nameOrFile, {}).catch((thrown: unknown) => thrown);
  if (error instanceof AreographError) return error.problem;
  throw new Error(`expected an AreographError, found ${error}`);
}

describe('a model is loaded', () => {
  it('from the zoo, with options', async () => {
    expect(await loadModel('cnn3x3', { size: 32, classes: 3 })).toEqual(cnn3x3({ size: 32, classes: 3 }));
  });

  it('from a TypeScript file that exports one', async () => {
    const file = written(
      'own.ts',
      `const classes: number = 4;
       export default model.model('own', tensor.input(8, 8).flatten().dense(classes).softmax(), ['mine']);`,
    );
    const loaded = await loadModel(file, { classes: 9 });
    expect(loaded).toMatchObject({ name: 'own', classes: 4, reasons: ['mine'] });
    expect(loaded.layers.map(({ name }) => name)).toEqual(['input', 'flatten1', 'dense1', 'softmax1']);
  });

  it('from a file that exports a function of the options', async () => {
    const file = written(
      'options.mts',
      `export default ({ size = 8, classes = 2 }: { size?: number; classes?: number }) =>
         model.model('sized', tensor.input(size, size).flatten().dense(classes).softmax());`,
    );
    expect(await loadModel(file, { size: 16, classes: 5 })).toMatchObject({
      name: 'sized',
      input: { height: 16, width: 16 },
      classes: 5,
    });
    expect(await loadModel(file, {})).toMatchObject({ input: { height: 8 }, classes: 2 });
  });
});

describe('what is no model is refused', () => {
  it('an unknown name', async () => {
    expect(await problemOf('cnn3x4')).toMatchObject({ code: 'name', next: 'Did you mean cnn3x3?' });
  });

  it('a missing file', async () => {
    const file = join(folder, 'missing.ts');
    expect(await problemOf(file)).toMatchObject({ code: 'model', where: file, found: 'no such file' });
  });

  it('a file without a default export', async () => {
    const file = written(
      'named.ts',
      `export const own = model.model('own', tensor.input(8, 8).flatten().softmax());`,
    );
    expect(await problemOf(file)).toMatchObject({
      code: 'model',
      where: file,
      found: 'undefined as its default export',
    });
  });

  it('a file that exports something else', async () => {
    const exports = {
      text: "'cnn3x3'",
      nothing: 'null',
      tensor: 'tensor.input(8, 8)',
      half: "{ name: 'm', layers: [] }",
      layerless: "{ name: 'm', layers: 3, reasons: [] }",
      unreasonable: "{ name: 'm', layers: [], reasons: 3 }",
    };
    for (const [name, value] of Object.entries(exports)) {
      const file = written(`${name}.ts`, `export default ${value};`);
      expect(await problemOf(file), name).toMatchObject({ code: 'model', where: file });
    }
  });

  it('a file whose declaration breaks a rule, naming the layer', async () => {
    const file = written(
      'wrong.ts',
      `export default () => tensor.input(8, 8).conv2d(4, { kernel: 9, padding: 0 });`,
    );
    expect(await problemOf(file)).toMatchObject({ code: 'shape', where: 'conv1', found: '9' });
  });

  it('a model that was put together by hand and breaks a rule', async () => {
    const file = written(
      'hand.ts',
      `const right = model.model('own', tensor.input(8, 8).flatten().softmax());
       export default { ...right, layers: right.layers.slice(0, -1) };`,
    );
    expect(await problemOf(file)).toMatchObject({ code: 'model', found: 'flatten as the last layer' });
  });
});
