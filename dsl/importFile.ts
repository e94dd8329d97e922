import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AreographError, type ErrorCode } from './errors.ts';

/** Whether a name is that of a file with code, by its ending. */
export function isCode(nameOrFile: string): boolean {
  return ['.ts', '.mts', '.js', '.mjs'].includes(extname(nameOrFile));
}

/** What a file was to be, for the error if it is not. */
export interface Wanted {
  readonly code: ErrorCode;
  /** 'a file that exports a model as its default' */
  readonly expected: string;
}

/**
 * The default export of a TypeScript or JavaScript file. Importing it runs it.
 *
 * @throws AreographError of the wanted code for a file that is missing or does not run, and what it throws itself
 */
export async function importDefault(file: string, wanted: Wanted): Promise<unknown> {
  if (!existsSync(resolve(file))) {
    throw new AreographError({ ...wanted, where: file, found: 'no such file', next: 'Correct the path.' });
  }
  try {
    const imported: { default?: unknown } = await import(pathToFileURL(resolve(file)).href);
    return imported.default;
  } catch (error) {
    // A layer that a rule refuses is said as it is; what is left is a file that does not run.
    if (error instanceof AreographError || !(error instanceof Error)) throw error;
    throw new AreographError(
      {
        ...wanted,
        where: file,
        found: `one that does not run: ${error.message.split('\n').join(' ')}`,
        next: 'Mend it; npx tsc says more.',
      },
      { cause: error },
    );
  }
}
