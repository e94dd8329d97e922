import { group } from 'd3-array';
import { type ProblemCode, problem, problemSchema, statusOf } from '../problem.ts';

const detail = 'What was expected, what was found, and what to do about it.';

/** What may go wrong with images, in whatever form they are sent. */
export const imageProblems = [
  'empty-body',
  'malformed-json',
  'invalid-request',
  'model-not-found',
  'body-too-large',
  'too-many-images',
  'too-many-pixels',
  'not-an-image',
  'unsupported-encoding',
  'damaged-image',
  'not-ready',
  'overloaded',
  'worker-lost',
  'timeout',
] as const satisfies readonly ProblemCode[];

/** For the OpenAPI document: the answers that these problems are, by status. */
export function problemsOf(...codes: readonly ProblemCode[]) {
  const byStatus = group(codes, (code) => statusOf[code]);
  return Object.fromEntries(
    Array.from(byStatus, ([status, [first, ...others]]) => [
      status,
      {
        description: [first, ...others].join(', '),
        content: {
          'application/problem+json': {
            schema: problemSchema,
            ...(first === undefined ? {} : { example: problem(first, detail) }),
          },
        },
      },
    ]),
  );
}
