import { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import { classifyQuerySchema } from '../classifyQuery.ts';
import type { AppEnv } from '../env.ts';
import { resultsSchema } from '../results.ts';
import type { ClassifyHandler } from './classifyHandler.ts';
import { imageProblems, problemsOf } from './problemsOf.ts';

const binary = { type: 'string', format: 'binary' } as const;
const base64 = { type: 'string', format: 'byte' } as const;

/** Schemas that are not zod's: zod-openapi would have the body's type decide what it is, and refuse what curl sends. */
const body: NonNullable<RouteConfig['request']>['body'] & object = {
  description: 'One image as it is, several as files of a form under any names, or as base64 in JSON.',
  required: true,
  content: {
    'image/*': { schema: binary },
    'multipart/form-data': {
      schema: { type: 'object', properties: { image: { type: 'array', items: binary } } },
    },
    'application/json': {
      schema: {
        oneOf: [
          { type: 'object', required: ['image'], properties: { image: base64 }, additionalProperties: false },
          {
            type: 'object',
            required: ['images'],
            properties: { images: { type: 'array', items: base64, minItems: 1 } },
            additionalProperties: false,
          },
        ],
      },
    },
  },
};

/** What all routes that classify share. */
export const classifyOperation = {
  tags: ['Classification'],
  request: { query: classifyQuerySchema, body },
  responses: {
    200: {
      description: 'At least one of the images could be classified.',
      content: { 'application/json': { schema: resultsSchema } },
    },
    ...problemsOf(...imageProblems, 'malformed-form', 'no-file', 'invalid-parameter', 'cannot-explain'),
  },
};

const post = createRoute({
  ...classifyOperation,
  method: 'post',
  path: '/classify',
  summary: 'Classifies images',
  description:
    'JPEG, PNG, WebP, GIF, TIFF or AVIF of any size. What the bytes are counts, not their declared type.',
});
const put = createRoute({ ...classifyOperation, method: 'put', path: '/classify', summary: 'The same' });
const putFile = createRoute({
  ...classifyOperation,
  method: 'put',
  path: '/classify/{file}',
  summary: 'The same, for curl -T photo.jpg',
  request: { ...classifyOperation.request, params: z.object({ file: z.string() }) },
});

/** `POST /classify`, and PUT, which `curl -T` sends. */
export function classification(handler: ClassifyHandler): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>();
  for (const route of [post, put, putFile]) {
    app.openAPIRegistry.registerPath(route);
    app.on(route.method, route.getRoutingPath(), handler);
  }
  return app;
}
