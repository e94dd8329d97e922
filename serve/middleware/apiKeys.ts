import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { AppContext, AppEnv } from '../env.ts';
import { RequestError } from '../problem.ts';

/**
 * Lets a request on if it brings one of the keys, as `Authorization: Bearer KEY` or `X-Api-Key: KEY`.
 *
 * Digests are compared, all of them and each to its end, so that the time taken says nothing of a key.
 */
export function requireApiKey(keys: readonly string[]): MiddlewareHandler<AppEnv> {
  const digests = keys.map(digest);
  return async (c, next) => {
    const key = presentedKey(c);
    const presented = digest(key ?? '');
    const matches = digests.filter((known) => timingSafeEqual(known, presented));
    if (key === undefined || matches.length === 0) {
      c.header('WWW-Authenticate', 'Bearer');
      const found = key === undefined ? 'none' : 'one that is not known';
      throw new RequestError(
        'unauthorized',
        `Expected an API key as 'Authorization: Bearer KEY' or 'X-Api-Key: KEY', found ${found}.`,
      );
    }
    c.set('client', presented.toString('base64'));
    await next();
  };
}

function presentedKey(c: AppContext): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  return bearer ?? c.req.header('x-api-key');
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
