/** A model by the name that a command was given: one of the zoo, or a file that declares one. */
import { fromArchitecture, toArchitecture } from './architecture.ts';
import { AreographError } from './errors.ts';
import { importDefault, isCode, type Wanted } from './importFile.ts';
import type { Model } from './model.ts';
import { fromZoo, type ZooOptions } from './zoo.ts';

/**
 * A TypeScript or JavaScript file exports, as its default, a model or a function from {@link ZooOptions} to
 * one. Importing it runs it.
 *
 * @throws AreographError 'name' for an unknown name, 'model' for a file that exports no model, and what the
 * declaration itself throws
 */
export async function loadModel(nameOrFile: string, options: ZooOptions): Promise<Model> {
  if (!isCode(nameOrFile)) return fromZoo(nameOrFile, options);
  const exported = await importDefault(nameOrFile, wanted);
  const declared: unknown = typeof exported === 'function' ? exported(options) : exported;
  if (!looksLikeModel(declared)) {
    throw new AreographError({
      ...wanted,
      where: nameOrFile,
      found: `${typeof declared} as its default export`,
      next: 'End the file with `export default model(...)`.',
    });
  }
  // Rebuilt from data, so that a model that was put together by hand meets every rule too.
  const model = fromArchitecture(toArchitecture(declared));
  const { height, width } = model.input;
  if (options.size !== undefined && (options.size !== height || options.size !== width)) {
    throw new AreographError({
      code: 'option',
      where: nameOrFile,
      expected: `an input of ${options.size}x${options.size}, as the option says`,
      found: `${height}x${width}`,
      next: 'Leave the size out, or let the file export a function of { size, classes } and use its size.',
    });
  }
  return model;
}

const wanted: Wanted = { code: 'model', expected: 'a file that exports a model as its default' };

function looksLikeModel(value: unknown): value is Model {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value && 'layers' in value && 'reasons' in value)) return false;
  return Array.isArray(value.layers) && Array.isArray(value.reasons);
}
