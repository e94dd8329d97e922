import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../env.ts';
import { RequestError } from '../problem.ts';

/**
 * Answers with 'timeout' once the time is over, whether or not those who work on the request heed its signal.
 *
 * The signal is composed by hand, and let go at the end: one of `AbortSignal.timeout` lives until its time is over.
 */
export function deadline(milliseconds: number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const controller = new AbortController();
    c.set('signal', controller.signal);
    const client = c.req.raw.signal;
    const leave = () => controller.abort(new RequestError('cancelled', 'The client closed the connection.'));
    if (client.aborted) leave();
    else client.addEventListener('abort', leave, { once: true });

    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new RequestError(
          'timeout',
          `Expected the request to be sent and answered within ${milliseconds / 1000} s, found more. Send fewer images at once.`,
        );
        controller.abort(error);
        reject(error);
      }, milliseconds);
    });
    try {
      await Promise.race([next(), late]);
    } finally {
      clearTimeout(timer);
      client.removeEventListener('abort', leave);
    }
  };
}
