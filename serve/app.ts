/** The HTTP interface, without a socket: what each request is answered with. */
import { OpenAPIHono } from '@hono/zod-openapi';
import { except } from 'hono/combine';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { pino } from 'pino';
import { defaultMaxPixels } from '../runtime/image.ts';
import { answerProblem, errorOf } from './answerProblem.ts';
import { type AppOptions, defaults } from './appOptions.ts';
import { demo } from './demo/routes.ts';
import type { AppContext, AppEnv } from './env.ts';
import { measuredModels } from './measuredModels.ts';
import { Metrics } from './metrics.ts';
import { requireApiKey } from './middleware/apiKeys.ts';
import { deadline } from './middleware/deadline.ts';
import { limitBody } from './middleware/limitBody.ts';
import { rateLimit } from './middleware/rateLimit.ts';
import { requestLog } from './middleware/requestLog.ts';
import { securityHeaders } from './middleware/securityHeaders.ts';
import { unmatched } from './middleware/unmatched.ts';
import { classification } from './routes/classification.ts';
import { classifyHandler } from './routes/classifyHandler.ts';
import { documentation } from './routes/documentation.ts';
import { listModels } from './routes/listModels.ts';
import { operations } from './routes/operations.ts';
import { sageMakerRoutes } from './sagemaker.ts';
import { v2Paths } from './v2/openapi.ts';
import { v2Routes } from './v2/routes.ts';

/** Those who keep a server running, or read how to use it, need no key, and are not counted. */
const openPaths = ['/', '/docs', '/docs/*', '/openapi.json', '/healthz', '/readyz', '/ping', '/v2/health/*'];

/**
 * A server's routes and what protects them. All errors are problem details.
 *
 * The order matters: a request without a key, or one too many, is refused before its body is read.
 *
 * @throws AreographError 'option' if the demo's folder has no `index.html`
 */
export function createApp({
  metrics = new Metrics(),
  logger = pino({ level: 'silent' }),
  draining = () => false,
  threshold = defaults.threshold,
  maxBodyBytes = defaults.maxBodyBytes,
  maxImages = defaults.maxImages,
  maxPixels = defaultMaxPixels,
  timeout = defaults.timeout,
  apiKeys = [],
  corsOrigins = [],
  ...options
}: AppOptions): OpenAPIHono<AppEnv> {
  const models = measuredModels(options.models, metrics, draining);
  const app = new OpenAPIHono<AppEnv>();

  // The page's paths are known once all others are, and so before any request.
  const isDemo = (c: AppContext) => page?.paths.has(c.req.path) === true;
  const open = [...openPaths, isDemo];

  app.use(requestId(), requestLog(logger, metrics), securityHeaders());
  if (corsOrigins.length > 0) app.use(allowOrigins(corsOrigins));
  if (apiKeys.length > 0) app.use(except(open, requireApiKey(apiKeys)));
  if (options.rateLimit !== undefined) app.use(except(open, rateLimit(options.rateLimit)));
  app.use(unmatched(app), deadline(timeout), limitBody(maxBodyBytes));

  const classify = classifyHandler({ models, threshold, maxImages });
  app.route('/', classification(classify));
  app.route('/', listModels(options.models));
  app.route(
    '/v2',
    v2Routes({
      models,
      signal: (c) => c.get('signal'),
      readBody: (c) => c.get('readBody')(),
      maxImages,
      maxPixels,
    }),
  );
  for (const path of v2Paths) app.openAPIRegistry.registerPath(path);
  app.route('/', sageMakerRoutes({ models, classify }));
  app.route('/', operations({ models, metrics }));
  app.route('/', documentation({ app, locked: apiKeys.length > 0 }));
  const page = options.demo === undefined ? undefined : demo({ folder: options.demo, app });
  if (page !== undefined) app.route('/', page.routes);
  else app.get('/', (c) => c.redirect('docs'));

  app.notFound((c) => c.body(null, 404));
  app.onError((error, c) => answerProblem(c, errorOf(c, error)));
  return app;
}

/** Pages of these origins may call the server, and read what its headers say of an answer. */
function allowOrigins(origins: readonly string[]) {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT'],
    exposeHeaders: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
  });
}
