import type { MiddlewareHandler } from 'hono';
import type { AppContext, AppEnv } from '../env.ts';
import { RequestError } from '../problem.ts';

/** All requests together may hold as many bytes as this many of the largest: bodies are in memory. */
const largestAtOnce = 32;

/**
 * Leaves routes a function that reads the body of a request. It throws 'body-too-large' for one over the limit, before it
 * is read if its length is declared, else once the limit is passed; and 'overloaded' once all bodies together have no
 * room. What has arrived counts, not what is declared: a client that sends nothing takes no room. Needs the request's
 * signal.
 */
export function limitBody(maxBytes: number): MiddlewareHandler<AppEnv> {
  let held = 0;
  const tooLarge = (found: string) =>
    new RequestError(
      'body-too-large',
      `Expected at most ${maxBytes} bytes, found ${found}. Send fewer images at once, or smaller ones.`,
    );
  const overloaded = () =>
    new RequestError(
      'overloaded',
      'Expected room for this request, found too many others. Send it again a little later.',
    );

  return async (c, next) => {
    const signal = c.get('signal');
    let mine = 0;
    const release = () => {
      held -= mine;
      mine = 0;
    };
    c.set('readBody', async () => {
      const declared = c.req.header('content-length');
      if (declared !== undefined && Number(declared) > maxBytes) throw tooLarge(declared);
      const chunks: Uint8Array[] = [];
      for await (const chunk of chunksOf(c)) {
        signal.throwIfAborted();
        if (mine + chunk.length > maxBytes) throw tooLarge('more');
        if (held + chunk.length > largestAtOnce * maxBytes) throw overloaded();
        mine += chunk.length;
        held += chunk.length;
        chunks.push(chunk);
      }
      return joined(chunks, mine);
    });
    // Who waits for the rest of a body that never comes goes on waiting when the request has been answered.
    signal.addEventListener('abort', release, { once: true });
    try {
      await next();
    } finally {
      release();
    }
  };
}

/** Of a request that came over a socket from the socket itself, which is faster than by a web stream. */
function chunksOf(c: AppContext): AsyncIterable<Uint8Array> | readonly Uint8Array[] {
  // A request that is refused halfway is still answered.
  return c.env?.incoming?.iterator({ destroyOnReturn: false }) ?? c.req.raw.body ?? [];
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
