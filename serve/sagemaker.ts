/** What Amazon SageMaker asks of a container that serves a model, on port 8080. */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from './env.ts';
import type { Models } from './models.ts';
import { classifyOperation } from './routes/classification.ts';
import type { ClassifyHandler } from './routes/classifyHandler.ts';

export interface SageMakerOptions {
  readonly models: Pick<Models, 'ready'>;
  /** The handler of `POST /classify`, which takes the same bodies. */
  readonly classify: ClassifyHandler;
}

const tags = ['SageMaker'];

const ping = createRoute({
  method: 'get',
  path: '/ping',
  tags,
  summary: 'Whether requests can be answered',
  responses: { 200: { description: 'They can.' }, 503: { description: 'They cannot yet, or not any more.' } },
});
const invocations = createRoute({
  ...classifyOperation,
  tags,
  method: 'post',
  path: '/invocations',
  summary: 'Classifies images, as /classify',
});

/** `GET /ping`, 200 or 503, and `POST /invocations`. */
export function sageMakerRoutes({ models, classify }: SageMakerOptions): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>();
  app.openapi(ping, (c) => c.body(null, models.ready ? 200 : 503));
  app.openAPIRegistry.registerPath(invocations);
  app.post(invocations.getRoutingPath(), classify);
  return app;
}
