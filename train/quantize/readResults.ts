/** Reads results that were kept as JSON. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AreographError } from '../../dsl/errors.ts';

/**
 * @param command what writes them
 * @throws AreographError 'run' if there are none, or they are of another version
 */
export function readResults<T>(file: string, schema: z.ZodType<T>, command: string): T {
  const problem = (found: string, cause?: unknown) =>
    new AreographError(
      {
        code: 'run',
        where: file,
        expected: `what \`${command}\` writes there`,
        found,
        next: 'Run it again, or put the file back as it was.',
      },
      { cause },
    );
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw problem(error instanceof Error ? error.message : String(error), error);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw problem(z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '));
}
