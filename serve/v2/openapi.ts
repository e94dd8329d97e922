/** The inference protocol's routes as the OpenAPI document shows them; problems also have the protocol's `error` member. */
import { type RouteConfig, z } from '@hono/zod-openapi';
import { imageProblems, problemsOf } from '../routes/problemsOf.ts';
import {
  inferRequestSchema,
  inferResponseSchema,
  modelMetadataSchema,
  modelReadySchema,
  serverLiveSchema,
  serverMetadataSchema,
  serverReadySchema,
} from './schemas.ts';

const tags = ['Inference protocol'];
const params = z.object({ name: z.string() });
const versionParams = params.extend({ version: z.string() });

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });

const inferBody = {
  description: 'One tensor: pixels as UINT8 [images, height, width, 3], or image files as BYTES [images].',
  required: true,
  content: {
    ...json(inferRequestSchema),
    'application/octet-stream': { schema: { type: 'string', format: 'binary' } as const },
  },
};

function ofModel(prefix: string, parameters: z.ZodObject): RouteConfig[] {
  return [
    {
      method: 'get',
      path: prefix,
      tags,
      summary: "A model's inputs and outputs",
      request: { params: parameters },
      responses: {
        200: { description: 'What it takes and gives.', content: json(modelMetadataSchema) },
        ...problemsOf('model-not-found', 'not-ready'),
      },
    },
    {
      method: 'get',
      path: `${prefix}/ready`,
      tags,
      summary: 'Whether a model can be asked',
      request: { params: parameters },
      responses: {
        200: { description: 'It can.', content: json(modelReadySchema) },
        404: { description: 'There is none of this name.', content: json(modelReadySchema) },
        503: { description: 'It cannot yet.', content: json(modelReadySchema) },
      },
    },
    {
      method: 'post',
      path: `${prefix}/infer`,
      tags,
      summary: 'Classifies a tensor of images',
      request: { params: parameters, body: inferBody },
      responses: {
        200: {
          description:
            'The probabilities of all classes, and the energy of each image if the model gives one.',
          content: json(inferResponseSchema),
        },
        ...problemsOf(...imageProblems),
      },
    },
  ];
}

export const v2Paths: readonly RouteConfig[] = [
  {
    method: 'get',
    path: '/v2',
    tags,
    summary: 'What server this is',
    responses: { 200: { description: 'Its name and version.', content: json(serverMetadataSchema) } },
  },
  {
    method: 'get',
    path: '/v2/health/live',
    tags,
    summary: 'Whether the process is alive',
    responses: { 200: { description: 'It is.', content: json(serverLiveSchema) } },
  },
  {
    method: 'get',
    path: '/v2/health/ready',
    tags,
    summary: 'Whether requests can be answered',
    responses: {
      200: { description: 'They can.', content: json(serverReadySchema) },
      503: { description: 'They cannot yet, or not any more.', content: json(serverReadySchema) },
    },
  },
  ...ofModel('/v2/models/{name}', params),
  ...ofModel('/v2/models/{name}/versions/{version}', versionParams),
];
