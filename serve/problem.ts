/** Errors as clients see them: problem details (RFC 9457), each with a stable code. */
import { STATUS_CODES } from 'node:http';
import { z } from '@hono/zod-openapi';
import { AreographError, type ErrorCode } from '../dsl/errors.ts';

export const problemCodes = [
  'empty-body',
  'malformed-form',
  'malformed-json',
  'no-file',
  'invalid-request',
  'cancelled',
  'unauthorized',
  'not-found',
  'model-not-found',
  'method-not-allowed',
  'body-too-large',
  'too-many-images',
  'too-many-pixels',
  'not-an-image',
  'unsupported-encoding',
  'damaged-image',
  'invalid-parameter',
  'cannot-explain',
  'rate-limited',
  'internal',
  'not-ready',
  'overloaded',
  'worker-lost',
  'timeout',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export const statusOf = {
  'empty-body': 400,
  'malformed-form': 400,
  'malformed-json': 400,
  'no-file': 400,
  /** JSON that does not say what it should: no image in it, or tensors that are not the model's. */
  'invalid-request': 400,
  /** The client went away. Seen in logs and metrics only. */
  cancelled: 400,
  unauthorized: 401,
  'not-found': 404,
  'model-not-found': 404,
  'method-not-allowed': 405,
  'body-too-large': 413,
  'too-many-images': 413,
  'too-many-pixels': 413,
  'not-an-image': 415,
  'unsupported-encoding': 415,
  'damaged-image': 422,
  'invalid-parameter': 422,
  'cannot-explain': 422,
  'rate-limited': 429,
  internal: 500,
  /** No model is loaded yet, or the server is about to end. */
  'not-ready': 503,
  /** As many requests wait as may. */
  overloaded: 503,
  'worker-lost': 503,
  timeout: 504,
} as const satisfies { readonly [C in ProblemCode]: number };

/** Errors that are the client's, and what it is told. All others are the server's. */
const clientErrors: ReadonlyMap<ErrorCode, ProblemCode> = new Map([
  ['format', 'not-an-image'],
  ['image', 'damaged-image'],
  ['pixels', 'too-many-pixels'],
  ['explain', 'cannot-explain'],
]);

export const problemSchema = z
  .object({
    type: z.string().openapi({
      description: 'Names the kind of problem; there is nothing at that address.',
    }),
    title: z.string().openapi({ description: 'The phrase that belongs to the status.' }),
    status: z.int(),
    detail: z.string().openapi({
      description: 'What was expected, what was found, and what to do about it.',
    }),
    code: z.enum(problemCodes).openapi({ description: 'Stable: for programs to branch on.' }),
  })
  .openapi('Problem');
export type ProblemDetails = z.infer<typeof problemSchema>;

export function problem(code: ProblemCode, detail: string): ProblemDetails {
  const status = statusOf[code];
  return { type: `urn:areograph:problem:${code}`, title: STATUS_CODES[status] ?? '', status, detail, code };
}

/** A request that cannot be answered, by the code that its client sees. */
export class RequestError extends Error {
  readonly code: ProblemCode;
  /** Seconds after which the same request may well be answered. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    options: ErrorOptions & { readonly retryAfter?: number } = {},
  ) {
    super(detail, options);
    this.name = 'RequestError';
    this.code = code;
    this.retryAfter = options.retryAfter ?? (statusOf[code] === 503 ? 1 : undefined);
  }
}

/**
 * An error about one image of several, with the name that it was sent under: bytes have none when they are decoded.
 * A RequestError keeps its words, as they are not about the image.
 */
export function naming(error: unknown, file: string | undefined): unknown {
  if (file === undefined || !(error instanceof AreographError)) return error;
  return new AreographError({ ...error.problem, where: file }, { cause: error });
}

/** What a client is told of an error. Of one that is not the client's, only that it is in the log. */
export function requestError(error: unknown): RequestError {
  if (error instanceof RequestError) return error;
  const code = error instanceof AreographError ? clientErrors.get(error.code) : undefined;
  if (code !== undefined && error instanceof AreographError) {
    return new RequestError(code, error.message, { cause: error });
  }
  return new RequestError('internal', 'The server could not answer. Its log says why.', { cause: error });
}

export function problemOf(error: unknown): ProblemDetails {
  const { code, message } = requestError(error);
  return problem(code, message);
}
