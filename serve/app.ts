/** The HTTP interface, without a socket: what each request is answered with. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { type Logger, pino } from 'pino';
import type { Answer } from './classifyImage.ts';
import { type ProblemDetails, problem, problemOf, RequestError, statusOf } from './problem.ts';
import { requestImages } from './requestImages.ts';
import { type Results, settle } from './results.ts';

export interface AppOptions {
  /** Classifies the bytes of an image file. The buffer is handed over. */
  readonly classify: (image: ArrayBuffer) => Promise<Answer>;
  readonly model: { readonly name: string };
  /** The largest body of a request, in bytes. Default: {@link defaultMaxBodyBytes}. */
  readonly maxBodyBytes?: number;
  /** Default: silent. */
  readonly logger?: Logger;
}

export const defaultMaxBodyBytes = 16 * 2 ** 20;

/**
 * `POST /classify` answers with a {@link Results} as soon as one of the images could be classified; each other one has
 * an `error` in its place. If none could, the answer is the first one's problem, so that the status tells.
 * `GET /healthz` says that requests are taken. All errors are problem details.
 */
export function createApp({
  classify,
  model,
  maxBodyBytes = defaultMaxBodyBytes,
  logger = pino({ level: 'silent' }),
}: AppOptions): Hono {
  const app = new Hono();

  app.use(async (c, next) => {
    const started = performance.now();
    await next();
    const milliseconds = Math.round(performance.now() - started);
    logger.info({ method: c.req.method, path: c.req.path, status: c.res.status, milliseconds }, 'request');
  });

  app.get('/healthz', (c) => c.json({ status: 'ok', model }));

  const limited = bodyLimit({
    maxSize: maxBodyBytes,
    onError() {
      throw new RequestError('body-too-large', `Expected at most ${maxBodyBytes} bytes, found more.`);
    },
  });
  app.post('/classify', limited, async (c) => {
    const images = await requestImages(c.req);
    const results = await Promise.all(images.map(({ file, bytes }) => settle(file, classify(bytes), report)));
    const failures = results.filter((result) => 'error' in result);
    const [first] = failures;
    if (first && failures.length === results.length) return respond(c, first.error);
    return c.json({ model, results } satisfies Results);
  });

  app.all('/classify', (c) => {
    c.header('Allow', 'POST');
    const hint = c.req.method === 'PUT' ? ' With curl -T, add -X POST.' : '';
    return respond(c, problem('method-not-allowed', `Expected POST, found ${c.req.method}.${hint}`));
  });

  app.notFound((c) => {
    const asked = `${c.req.method} ${c.req.path}`;
    return respond(
      c,
      problem('not-found', `There is no ${asked}. There are POST /classify and GET /healthz.`),
    );
  });

  app.onError((error, c) => {
    const details = problemOf(error);
    report(error, details);
    return respond(c, details);
  });

  function report(error: unknown, { code }: ProblemDetails): void {
    if (code === 'internal' || code === 'worker-lost') logger.error({ err: error }, code);
  }

  return app;
}

function respond(c: Context, details: ProblemDetails): Response {
  if (details.code === 'worker-lost') c.header('Retry-After', '1');
  return c.json(details, statusOf[details.code], { 'Content-Type': 'application/problem+json' });
}
