/** A model by the name that a command was given: one of the zoo, or a file that declares one. */
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fromArchitecture, toArchitecture } from './architecture.ts';
import { AreographError } from './errors.ts';
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
  if (!['.ts', '.mts', '.js', '.mjs'].includes(extname(nameOrFile))) return fromZoo(nameOrFile, options);
  const file = resolve(nameOrFile);
  if (!existsSync(file)) throw unusable(nameOrFile, 'no such file', 'Correct the path.');
  const imported = await importFile(nameOrFile, file);
  const declared: unknown =
    typeof imported.default === 'function' ? imported.default(options) : imported.default;
  if (!looksLikeModel(declared)) {
    throw unusable(
      nameOrFile,
      `${typeof declared} as its default export`,
      'End the file with `export default model(...)`.',
    );
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

async function importFile(where: string, file: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    // A layer that a rule refuses is said as it is; what is left is a file that does not run.
    if (error instanceof AreographError || !(error instanceof Error)) throw error;
    throw unusable(
      where,
      `one that does not run: ${error.message.split('\n').join(' ')}`,
      'Mend it; npx tsc says more.',
      error,
    );
  }
}

function looksLikeModel(value: unknown): value is Model {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value && 'layers' in value && 'reasons' in value)) return false;
  return Array.isArray(value.layers) && Array.isArray(value.reasons);
}

function unusable(where: string, found: string, next: string, cause?: Error): AreographError {
  return new AreographError(
    { code: 'model', where, expected: 'a file that exports a model as its default', found, next },
    { cause },
  );
}
