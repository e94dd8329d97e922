import type { AppContext } from './env.ts';
import { problem, RequestError, requestError, statusOf } from './problem.ts';

/** An error as the request's client sees it. Whatever goes wrong once it has left, went wrong because it left. */
export function errorOf(c: AppContext, error: unknown): RequestError {
  if (error instanceof RequestError || !c.req.raw.signal.aborted) return requestError(error);
  return new RequestError('cancelled', 'The client closed the connection.', { cause: error });
}

/**
 * Answers with problem details, and with the time after which to try again where that may help. Clients of the inference
 * protocol look for an `error`, also in what is refused before its routes are reached.
 */
export function answerProblem(c: AppContext, { code, message, retryAfter }: RequestError): Response {
  if (retryAfter !== undefined) c.header('Retry-After', String(Math.ceil(retryAfter)));
  const error = /^\/v2(\/|$)/.test(c.req.path) ? { error: message } : {};
  return c.body(JSON.stringify({ ...problem(code, message), ...error }), statusOf[code], {
    'Content-Type': 'application/problem+json',
  });
}
