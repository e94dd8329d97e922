/** What those who run a server ask of it. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { AppEnv } from '../env.ts';
import type { Metrics } from '../metrics.ts';
import type { Models } from '../models.ts';
import { RequestError } from '../problem.ts';
import { problemsOf } from './problemsOf.ts';

export interface OperationsOptions {
  readonly models: Models;
  readonly metrics: Metrics;
}

const tags = ['Operation'];
const okSchema = z.object({ status: z.literal('ok') });

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  tags,
  summary: 'Whether the process is alive',
  responses: {
    200: { description: 'It is.', content: { 'application/json': { schema: okSchema } } },
  },
});

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  tags,
  summary: 'Whether requests can be answered',
  responses: {
    200: { description: 'They can.', content: { 'application/json': { schema: okSchema } } },
    ...problemsOf('not-ready'),
  },
});

const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  tags,
  summary: 'Metrics for Prometheus',
  responses: {
    200: { description: 'In its text format.', content: { 'text/plain': { schema: z.string() } } },
  },
});

/** `/healthz` says that the process is alive, `/readyz` whether to send requests here, `/metrics` what it did. */
export function operations({ models, metrics }: OperationsOptions): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>()
    .openapi(healthz, (c) => c.json({ status: 'ok' as const }, 200))
    .openapi(readyz, (c) => {
      if (!models.ready) {
        throw new RequestError('not-ready', 'No model is loaded yet, or the server is about to end.');
      }
      return c.json({ status: 'ok' as const }, 200);
    })
    .openapi(metricsRoute, async (c) =>
      c.text(await metrics.registry.metrics(), 200, { 'Content-Type': metrics.registry.contentType }),
    );
}
