/** Reads the file of `--config`. */
import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { AreographError } from '../dsl/errors.ts';
import { importDefault, isCode, type Wanted } from '../dsl/importFile.ts';
import type { RawOptions } from '../export/options.ts';

const wanted: Wanted = {
  code: 'option',
  expected: 'a .json file with the options of a run, or a .ts file that exports them as its default',
};

/**
 * The options of a file, as they come: {@link runOptionsSchema} checks them once flags are laid over them.
 *
 * @throws AreographError 'option' if the file is missing, does not run or holds something else
 */
export async function readRunFile(file: string): Promise<RawOptions> {
  const options: unknown = isCode(file) ? await importDefault(file, wanted) : readJson(file);
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return { ...options };
  throw unusable(file, Array.isArray(options) ? 'a list' : `${typeof options}`);
}

function readJson(file: string): unknown {
  if (extname(file) !== '.json') throw unusable(file, `the ending '${extname(file)}'`);
  if (!existsSync(file)) throw unusable(file, 'no such file');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error));
  }
}

function unusable(file: string, found: string): AreographError {
  return new AreographError({
    ...wanted,
    where: `--config ${file}`,
    found,
    next: 'Correct the file, or its path.',
  });
}
