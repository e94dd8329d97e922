import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimit } from '../appOptions.ts';
import type { AppContext, AppEnv } from '../env.ts';
import { RequestError } from '../problem.ts';

/**
 * Answers 'rate-limited' to a client that asks too often. A client is its API key, or else the address that the
 * connection comes from: headers that name another address are not believed, as anyone can write them.
 *
 * Headers as in https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (version 10).
 */
export function rateLimit({ requests, seconds }: RateLimit): MiddlewareHandler<AppEnv> {
  const limiter = new RateLimiterMemory({ points: requests, duration: seconds });
  return async (c, next) => {
    const { allowed, used } = await consume(limiter, clientOf(c));
    const reset = Math.ceil(used.msBeforeNext / 1000);
    c.header('RateLimit-Policy', `"default";q=${requests};w=${seconds}`);
    c.header('RateLimit', `"default";r=${used.remainingPoints};t=${reset}`);
    if (!allowed) {
      throw new RequestError(
        'rate-limited',
        `Expected at most ${requests} requests in ${seconds} s, found more. Ask again in ${reset} s.`,
        { retryAfter: reset },
      );
    }
    await next();
  };
}

/** The limiter rejects with what was used. */
async function consume(limiter: RateLimiterMemory, client: string) {
  try {
    return { allowed: true, used: await limiter.consume(client) };
  } catch (error) {
    if (error instanceof RateLimiterRes) return { allowed: false, used: error };
    throw error;
  }
}

function clientOf(c: AppContext): string {
  return c.get('client') ?? c.env?.incoming?.socket.remoteAddress ?? 'unknown';
}
