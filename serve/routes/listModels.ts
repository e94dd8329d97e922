import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { modelDescriptionSchema } from '../../runtime/classifier.ts';
import type { AppEnv } from '../env.ts';
import type { Models } from '../models.ts';

const servedModelSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    default: z.boolean().openapi({ description: 'Whether it answers requests that name no model.' }),
    description: modelDescriptionSchema,
  })
  .openapi('Model');

export const modelsSchema = z.object({ models: z.array(servedModelSchema) }).openapi('Models');

const route = createRoute({
  method: 'get',
  path: '/models',
  tags: ['Classification'],
  summary: 'The models that can be asked',
  responses: {
    200: {
      description: 'By name, then by version, the newest first.',
      content: { 'application/json': { schema: modelsSchema } },
    },
  },
});

export function listModels(models: Models): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>().openapi(route, (c) => {
    const standard = models.ready ? models.get() : undefined;
    const served = models.list().map(({ name, version, description }) => ({
      name,
      version,
      default: name === standard?.name && version === standard.version,
      description,
    }));
    return c.json({ models: served }, 200);
  });
}
