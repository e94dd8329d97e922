/** The query of a request for classification. */
import { z } from '@hono/zod-openapi';
import { closest } from 'fastest-levenshtein';
import { RequestError } from './problem.ts';
import { shorten } from './shorten.ts';

const probability = (text: string) => /^(\d+\.?\d*|\.\d+)$/.test(text) && Number(text) <= 1;

/** Each parameter once; the words of an issue are what was expected. */
export const classifyQuerySchema = z.strictObject({
  topK: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'a whole number from 1')
    .transform(Number)
    .optional()
    .openapi({ type: 'integer', minimum: 1, description: 'How many classes to tell. Default: all.' }),
  threshold: z.string().refine(probability, 'a number from 0 to 1').transform(Number).optional().openapi({
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'An answer abstains if its most probable class is less probable than this.',
  }),
  explain: z
    .string()
    .min(1, 'true, false, or the name of a class')
    .max(200, 'true, false, or the name of a class')
    .optional()
    .openapi({
      description: 'Where in the image the most probable class was seen (`true`), or the one of this name.',
    }),
  model: z.string().optional().openapi({ description: 'Name of a model. Default: that of the server.' }),
  version: z.string().optional().openapi({ description: 'Version of the model. Default: the newest.' }),
});
export type ClassifyQuery = z.output<typeof classifyQuerySchema>;

/** @throws RequestError 'invalid-parameter' for one that is unknown, given twice, or out of its range */
export function classifyQuery(given: Readonly<Record<string, readonly string[]>>): ClassifyQuery {
  const single: Record<string, string> = {};
  for (const [name, values] of Object.entries(given)) {
    const [value = ''] = values;
    if (!Object.hasOwn(classifyQuerySchema.shape, name)) throw unknownParameter(name);
    if (values.length > 1) throw invalid(name, 'it once', `it ${values.length} times`);
    single[name] = value;
  }
  const parsed = classifyQuerySchema.safeParse(single);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  throw invalid(name, issue?.message ?? 'another value', `'${shorten(single[name] ?? '')}'`);
}

/**
 * Which class is to be explained: the most probable one, that at a place among the model's classes, or none.
 *
 * @throws RequestError 'invalid-parameter' if the model has no class of this name
 */
export function explainedClass(
  explain: string | undefined,
  classes: readonly string[],
): 'top' | number | undefined {
  if (explain === undefined || explain === 'false') return undefined;
  if (explain === 'true') return 'top';
  const index = classes.indexOf(explain);
  if (index >= 0) return index;
  throw invalid(
    'explain',
    'true, false, or the name of a class',
    `'${shorten(explain)}'. The nearest is '${closest(explain, [...classes])}'`,
  );
}

function unknownParameter(name: string): RequestError {
  const known = Object.keys(classifyQuerySchema.shape);
  return new RequestError(
    'invalid-parameter',
    `Expected the parameters ${known.join(', ')}, found '${shorten(name)}'. The nearest is '${closest(name, known)}'.`,
  );
}

function invalid(name: string, expected: string, found: string): RequestError {
  return new RequestError('invalid-parameter', `${name}: expected ${expected}, found ${found}.`);
}
