import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from 'pino';
import { errorOf } from '../answerProblem.ts';
import type { AppEnv } from '../env.ts';
import type { Metrics } from '../metrics.ts';
import type { ProblemCode, RequestError } from '../problem.ts';

/** Problems that are the server's own: their cause is logged, once. */
const defects: ReadonlySet<ProblemCode> = new Set(['internal', 'worker-lost']);

/** Writes one line for each request once it is answered, and counts it. Needs the request's id. */
export function requestLog(logger: Logger, metrics: Metrics): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const started = performance.now();
    const { method, path } = c.req;
    const id = c.get('requestId');
    const report = (error: RequestError) => {
      metrics.problem(error.code);
      if (defects.has(error.code)) logger.error({ id, err: error.cause ?? error }, error.code);
    };
    c.set('report', report);
    await next();

    const error = c.error === undefined ? undefined : errorOf(c, c.error);
    if (error !== undefined) report(error);
    const { status } = c.res;
    const milliseconds = performance.now() - started;
    metrics.request(
      { route: c.get('route') ?? routeOf(routePath(c, -1)), method, status },
      milliseconds / 1000,
    );
    const code = error === undefined ? {} : { code: error.code };
    logger.info({ id, method, path, status, milliseconds: Math.round(milliseconds), ...code }, 'request');
  };
}

/** The pattern of the route that answered. Where there is none, the last that matched is this file's kind. */
function routeOf(pattern: string): string {
  return pattern.endsWith('*') ? 'none' : pattern;
}
