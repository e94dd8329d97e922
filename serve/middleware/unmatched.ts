import { closest, distance } from 'fastest-levenshtein';
import type { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { MiddlewareHandler } from 'hono/types';
import type { AppContext, AppEnv } from '../env.ts';
import { RequestError } from '../problem.ts';
import { shorten } from '../shorten.ts';

/** Answers what no route does: OPTIONS with the methods there are, 'method-not-allowed', or 'not-found'. */
export function unmatched(app: Hono<AppEnv>): MiddlewareHandler<AppEnv> {
  const onMethodNotAllowed = (c: AppContext, methods: string[]) => {
    c.header('Allow', [...methods, 'OPTIONS'].join(', '));
    if (c.req.method === 'OPTIONS') return c.body(null, 204);
    throw new RequestError('method-not-allowed', `Expected ${methods.join(' or ')}, found ${c.req.method}.`);
  };
  const otherMethods = methodNotAllowed({ app, onMethodNotAllowed });
  return async (c, next) => {
    await otherMethods(c, next);
    if (c.res.status !== 404 || c.error !== undefined) return;
    const { path } = c.req;
    const known = app.routes.map((route) => route.path).filter((pattern) => !/[*:]/.test(pattern));
    const nearest = closest(path, known);
    const hint = distance(path, nearest) <= 3 ? `Did you mean ${nearest}?` : 'GET /docs shows what there is.';
    throw new RequestError('not-found', `There is no ${shorten(path)}. ${hint}`);
  };
}
