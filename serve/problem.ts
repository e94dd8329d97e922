/** Errors as clients see them: problem details (RFC 9457), each with a stable code. */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';
import { WorkerLost } from './workerClient.ts';

const codes = [
  'empty-body',
  'malformed-form',
  'no-file',
  'not-found',
  'method-not-allowed',
  'body-too-large',
  'not-an-image',
  'internal',
  'worker-lost',
] as const;
export type ProblemCode = (typeof codes)[number];

export const statusOf = {
  'empty-body': 400,
  'malformed-form': 400,
  'no-file': 400,
  'not-found': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'not-an-image': 415,
  internal: 500,
  'worker-lost': 503,
} as const satisfies { readonly [C in ProblemCode]: number };

export const problemSchema = z.object({
  /** Names the kind of problem; there is nothing at that address. */
  type: z.string(),
  /** The phrase that belongs to the status. */
  title: z.string(),
  status: z.int(),
  /** What was expected, what was found, and what to do about it. */
  detail: z.string(),
  /** Stable: for programs to branch on. */
  code: z.enum(codes),
});
export type ProblemDetails = z.infer<typeof problemSchema>;

export function problem(code: ProblemCode, detail: string): ProblemDetails {
  const status = statusOf[code];
  return { type: `urn:areograph:problem:${code}`, title: STATUS_CODES[status] ?? '', status, detail, code };
}

/** A request that cannot be answered, by the code that its client sees. */
export class RequestError extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'RequestError';
    this.code = code;
  }
}

/** What a client is told of an error. Of one that is not the client's, only that it is in the log. */
export function problemOf(error: unknown): ProblemDetails {
  if (error instanceof RequestError) return problem(error.code, error.message);
  if (error instanceof AreographError && error.code === 'image')
    return problem('not-an-image', error.message);
  if (error instanceof WorkerLost) return problem('worker-lost', `${error.message}. Send the request again.`);
  return problem('internal', 'The server could not answer. Its log says why.');
}
