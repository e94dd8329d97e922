import fc from 'fast-check';
import { type Context, Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AreographError } from '../../dsl/errors.ts';
import { answerProblem, errorOf as errorAsSeen } from '../answerProblem.ts';
import type { AppEnv } from '../env.ts';
import type { Job } from '../job.ts';
import type { Models } from '../models.ts';
import { RequestError } from '../problem.ts';
import { energeticModel, fakeModel, fakeModels, prediction } from '../testing/fakeModels.ts';
import { v2Routes } from './routes.ts';
import {
  errorSchema,
  inferRequestSchema,
  inferResponseSchema,
  modelMetadataSchema,
  modelReadySchema,
  serverLiveSchema,
  serverMetadataSchema,
  serverReadySchema,
} from './schemas.ts';

const limits = { maxImages: 4, maxPixels: 100 };

const readBody = async (c: Context) => new Uint8Array(await c.req.arrayBuffer());

/** The routes as an app mounts them, which answers their errors. */
function appOf(models: Models, signal = new AbortController().signal): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError((error, c) => answerProblem(c, errorAsSeen(c, error)));
  return app.route('/v2', v2Routes({ models, signal: () => signal, readBody, ...limits }));
}

const failing = (error: Error): Models => ({
  ready: false,
  list: () => [],
  get() {
    throw error;
  },
});

/** A model that keeps what it was asked. */
function recording() {
  const jobs: Job[] = [];
  const model = fakeModel('fake', '1', async (job) => {
    jobs.push(job);
    return prediction([0.7, 0.2, 0.1]);
  });
  return { jobs, app: appOf(fakeModels(model)) };
}

const text = new TextEncoder();

function bytes(...parts: (string | readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? text.encode(part) : part)]));
}

function infer(
  app: Hono<AppEnv>,
  body: unknown,
  headers: Record<string, string> = {},
  path = '/v2/models/fake',
) {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? bytes(body) : JSON.stringify(body);
  return app.request(`${path}/infer`, { method: 'POST', body: raw, headers });
}

/** JSON and what follows it, with the header that tells them apart. */
function inferBinary(app: Hono<AppEnv>, json: unknown, data: readonly number[] | Uint8Array) {
  const head = typeof json === 'string' ? json : JSON.stringify(json);
  return infer(app, bytes(head, data), {
    'Inference-Header-Content-Length': String(text.encode(head).length),
  });
}

async function answerOf(response: Response) {
  expect(response.status).toBe(200);
  return z.strictObject(inferResponseSchema.shape).parse(await response.json());
}

async function errorOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const error = errorSchema.strict().parse(await response.json());
  expect(error.status).toBe(response.status);
  expect(error.error).toBe(error.detail);
  return error;
}

const pixels = [1, 2, 3, 4, 5, 255];
const input = { name: 'image', datatype: 'UINT8', shape: [1, 1, 2, 3], data: pixels };
const { data: _, ...head } = input;
const image = { height: 1, width: 2, data: Uint8Array.from(pixels) };

describe('what the server is', () => {
  const app = appOf(
    fakeModels(fakeModel('b', '2'), fakeModel('b', '1'), fakeModel('a model', '1'), fakeModel('ä/b', '7')),
  );
  const get = (path: string) => app.request(path);

  it('says its name, version and extensions', async () => {
    const metadata = serverMetadataSchema.strict().parse(await (await get('/v2')).json());
    expect(metadata).toEqual({
      name: 'areograph',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      extensions: ['binary_tensor_data'],
    });
  });

  it('is live and ready', async () => {
    const live = await get('/v2/health/live');
    expect([live.status, serverLiveSchema.strict().parse(await live.json())]).toEqual([200, { live: true }]);
    const ready = await get('/v2/health/ready');
    expect([ready.status, serverReadySchema.strict().parse(await ready.json())]).toEqual([
      200,
      { ready: true },
    ]);
  });

  it('is live, but not ready, without a model', async () => {
    const empty = appOf(fakeModels());
    expect((await empty.request('/v2/health/live')).status).toBe(200);
    const ready = await empty.request('/v2/health/ready');
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false }]);
  });

  it.each(['/v2/models/b', '/v2/models/b/versions/1'])('describes the model at %s', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(modelMetadataSchema.strict().parse(await response.json())).toEqual({
      name: 'b',
      versions: ['2', '1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, -1, -1, 3] }],
      outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, 3] }],
      parameters: { classes: ['wheel', 'ground', 'horizon'], temperature: 1 },
    });
  });

  it.each([
    ['/v2/models/b/ready', 200, { name: 'b', ready: true }],
    ['/v2/models/b/versions/1/ready', 200, { name: 'b', ready: true }],
    ['/v2/models/a%20model/ready', 200, { name: 'a model', ready: true }],
    ['/v2/models/%C3%A4%2Fb/versions/7/ready', 200, { name: 'ä/b', ready: true }],
    ['/v2/models/b/versions/3/ready', 404, { name: 'b', ready: false }],
    ['/v2/models/c/ready', 404, { name: 'c', ready: false }],
    ['/v2/models/..%2F..%2Fetc%2Fpasswd/ready', 404, { name: '../../etc/passwd', ready: false }],
    ['/v2/models/%00/ready', 404, { name: '\0', ready: false }],
    ['/v2/models/%E4/ready', 404, { name: '%E4', ready: false }],
    ['/v2/models/__proto__/ready', 404, { name: '__proto__', ready: false }],
  ])('answers %s', async (path, status, answer) => {
    const response = await get(path);
    const { error, ...rest } = modelReadySchema.strict().parse(await response.json());
    expect([response.status, rest]).toEqual([status, answer]);
    expect(error === undefined).toBe(status === 200);
  });

  it('says that no model is ready yet', async () => {
    const app = appOf(failing(new RequestError('not-ready', 'Loading.')));
    const ready = await app.request('/v2/models/fake/ready');
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { name: 'fake', ready: false, error: 'Loading.' },
    ]);
    const answer = await infer(app, { inputs: [input] });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await errorOf(answer)).toMatchObject({ status: 503, code: 'not-ready' });
  });

  it.each([
    ['GET', '/v2/models/c', 404, 'model-not-found'],
    ['GET', '/v2/models/b/versions/3', 404, 'model-not-found'],
    ['POST', '/v2/models/c/infer', 404, 'model-not-found'],
  ])('refuses %s %s', async (method, path, status, code) => {
    const response = await app.request(path, { method });
    expect(await errorOf(response)).toMatchObject({ status, code });
  });
});

describe('infer', () => {
  it('takes flat JSON, and gives JSON', async () => {
    const { app, jobs } = recording();
    const response = await infer(
      app,
      '{"id":"42","inputs":[{"name":"image","shape":[1,1,2,3],"datatype":"UINT8","data":[1,2,3,4,5,255]}]}',
    );
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await answerOf(response)).toEqual({
      id: '42',
      model_name: 'fake',
      model_version: '1',
      outputs: [
        {
          name: 'probabilities',
          datatype: 'FP32',
          shape: [1, 3],
          // The float32 next to each.
          data: [0.699999988079071, 0.20000000298023224, 0.10000000149011612],
        },
      ],
    });
    expect(jobs).toEqual([{ image }]);
  });

  it('takes nested JSON of two images', async () => {
    const { app, jobs } = recording();
    const data = '[[[[1,2,3],[4,5,6]],[[7,8,9],[10,11,12]]],[[[0,0,0],[0,0,1]],[[0,0,2],[0,0,3]]]]';
    const response = await infer(
      app,
      `{"inputs":[{"name":"image","shape":[2,2,2,3],"datatype":"UINT8","data":${data}}]}`,
    );
    const answer = await answerOf(response);
    expect(answer).not.toHaveProperty('id');
    expect(answer.outputs[0]?.shape).toEqual([2, 3]);
    expect(answer.outputs[0]?.data).toHaveLength(6);
    expect(jobs).toEqual([
      { image: { height: 2, width: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) } },
      { image: { height: 2, width: 2, data: Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3) } },
    ]);
  });

  // The bytes that tritonclient.http 2.x builds (_get_inference_request, python-rapidjson's compact dumps) of
  //   InferInput('image', [2, 1, 2, 3], 'UINT8').set_data_from_numpy(...), request_id='7', no outputs
  it("takes the request of Triton's Python client as it is, and answers in binary", async () => {
    const { app, jobs } = recording();
    const json =
      '{"id":"7","inputs":[{"name":"image","shape":[2,1,2,3],"datatype":"UINT8","parameters":{"binary_data_size":12}}],"parameters":{"binary_data_output":true}}';
    const response = await infer(app, bytes(json, [1, 2, 3, 4, 5, 255, 9, 8, 7, 6, 5, 0]), {
      'Inference-Header-Content-Length': '153',
    });
    expect(jobs).toEqual([
      { image },
      { image: { height: 1, width: 2, data: Uint8Array.of(9, 8, 7, 6, 5, 0) } },
    ]);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    const length = Number(response.headers.get('inference-header-content-length'));
    const body = new Uint8Array(await response.arrayBuffer());
    const answer = JSON.parse(new TextDecoder().decode(body.subarray(0, length)));
    expect(z.strictObject(inferResponseSchema.shape).parse(answer)).toEqual({
      id: '7',
      model_name: 'fake',
      model_version: '1',
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [2, 3], parameters: { binary_data_size: 24 } },
      ],
    });
    // struct.pack('<3f', 0.7, 0.2, 0.1), twice.
    const row = [0x33, 0x33, 0x33, 0x3f, 0xcd, 0xcc, 0x4c, 0x3e, 0xcd, 0xcc, 0xcc, 0x3d];
    expect([...body.subarray(length)]).toEqual([...row, ...row]);
  });

  // Likewise, of InferInput('image', [2], 'BYTES') and InferRequestedOutput('probabilities').
  it('takes encoded images as that client sends them', async () => {
    const { app, jobs } = recording();
    const json =
      '{"inputs":[{"name":"image","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":13}}],"outputs":[{"name":"probabilities","parameters":{"binary_data":true}}]}';
    const response = await inferBinary(app, json, [2, 0, 0, 0, 0xff, 0xd8, 3, 0, 0, 0, 0x47, 0x49, 0x46]);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(jobs).toEqual([{ image: Uint8Array.of(0xff, 0xd8) }, { image: Uint8Array.of(0x47, 0x49, 0x46) }]);
  });

  // KServe's InferRequest.to_rest names the model again, and so may each parameter object be empty or null.
  it("takes the request of KServe's Python client", async () => {
    const { app, jobs } = recording();
    const json =
      '{"id":"a","model_name":"fake","inputs":[{"name":"image","shape":[1,1,2,3],"datatype":"UINT8","parameters":{},"data":[1,2,3,4,5,255]}],"outputs":[],"parameters":null}';
    expect(await answerOf(await infer(app, json))).toMatchObject({ id: 'a' });
    expect(jobs).toEqual([{ image }]);
  });

  it('takes images in base64', async () => {
    const { app, jobs } = recording();
    const json = '{"inputs":[{"name":"image","shape":[2],"datatype":"BYTES","data":["/9g=","R0lG"]}]}';
    await answerOf(await infer(app, json));
    expect(jobs).toEqual([{ image: Uint8Array.of(0xff, 0xd8) }, { image: Uint8Array.of(0x47, 0x49, 0x46) }]);
  });

  it('takes one image file alone, as a raw binary request', async () => {
    const { app, jobs } = recording();
    const response = await infer(app, bytes([0xff, 0xd8, 1]), { 'Inference-Header-Content-Length': '0' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(jobs).toEqual([{ image: Uint8Array.of(0xff, 0xd8, 1) }]);
  });

  it('gives each job a buffer of its own', async () => {
    const { app, jobs } = recording();
    await inferBinary(
      app,
      { inputs: [{ ...head, shape: [2, 1, 1, 3], parameters: { binary_data_size: 6 } }] },
      pixels,
    );
    const files = { name: 'image', datatype: 'BYTES', shape: [1] };
    await infer(app, { inputs: [{ ...files, data: ['/9g='] }] });
    await inferBinary(
      app,
      { inputs: [{ ...files, parameters: { binary_data_size: 6 } }] },
      [2, 0, 0, 0, 0xff, 0xd8],
    );
    await infer(app, bytes([0xff, 0xd8]), { 'Inference-Header-Content-Length': '0' });
    const sizes = jobs.map(({ image }) => ('data' in image ? image.data : image).buffer.byteLength);
    expect(sizes).toEqual([3, 3, 2, 2, 2]);
  });

  it.each([
    ['nothing said', undefined, undefined, false],
    ['the request says so', true, undefined, true],
    ['the output says so', undefined, true, true],
    ['the output says otherwise', true, false, false],
    ['the output insists', false, true, true],
  ])('answers in binary or not: %s', async (_, all, one, binary) => {
    const { app } = recording();
    const response = await infer(app, {
      inputs: [input],
      parameters: { binary_data_output: all },
      outputs: [{ name: 'probabilities', parameters: { binary_data: one } }],
    });
    expect(response.status).toBe(200);
    expect(response.headers.has('inference-header-content-length')).toBe(binary);
  });

  it('takes binary data and answers in JSON, and the other way round', async () => {
    const { app, jobs } = recording();
    const binaryIn = await inferBinary(
      app,
      { inputs: [{ ...head, parameters: { binary_data_size: 6 } }] },
      pixels,
    );
    await answerOf(binaryIn);
    // The header may be there although nothing follows the JSON.
    const binaryOut = await inferBinary(
      app,
      { inputs: [input], parameters: { binary_data_output: true } },
      [],
    );
    expect(binaryOut.headers.get('content-type')).toBe('application/octet-stream');
    expect(jobs).toEqual([{ image }, { image }]);
  });

  it('asks the version in the path, or the newest', async () => {
    const app = appOf(fakeModels(fakeModel('fake', '2'), fakeModel('fake', '1')));
    expect(await answerOf(await infer(app, { inputs: [input] }))).toMatchObject({ model_version: '2' });
    const path = '/v2/models/fake/versions/1';
    expect(await answerOf(await infer(app, { inputs: [input] }, {}, path))).toMatchObject({
      model_version: '1',
    });
  });

  it('gives the same jobs for JSON, flat or nested, and binary data', async () => {
    const tensors = fc
      .record({
        images: fc.integer({ min: 1, max: limits.maxImages }),
        height: fc.integer({ min: 1, max: 10 }),
        width: fc.integer({ min: 1, max: 10 }),
      })
      .chain(({ images, height, width }) => {
        const length = images * height * width * 3;
        return fc.record({
          shape: fc.constant([images, height, width, 3]),
          data: fc.uint8Array({ minLength: length, maxLength: length }),
        });
      });
    await fc.assert(
      fc.asyncProperty(tensors, async ({ shape, data }) => {
        const { app, jobs } = recording();
        const tensor = { ...head, shape };
        const chunks = (values: readonly unknown[], size: number) =>
          Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));
        const [, height = 0, width = 0] = shape;
        const nested = chunks(chunks(chunks([...data], 3), width), height);
        const responses = [
          await infer(app, { inputs: [{ ...tensor, data: [...data] }] }),
          await infer(app, { inputs: [{ ...tensor, data: nested }] }),
          await inferBinary(
            app,
            { inputs: [{ ...tensor, parameters: { binary_data_size: data.length } }] },
            data,
          ),
        ];
        expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
        const count = jobs.length / 3;
        expect(count).toBe(shape[0]);
        const images = jobs.slice(0, count);
        expect(jobs.slice(count, 2 * count)).toEqual(images);
        expect(jobs.slice(2 * count)).toEqual(images);
        expect(images.flatMap(({ image }) => ('data' in image ? [...image.data] : []))).toEqual([...data]);
      }),
      { numRuns: 50 },
    );
  });

  const files = { name: 'image', datatype: 'BYTES', shape: [1] };
  const huge = Number.MAX_SAFE_INTEGER;
  it.each<[string, unknown, string, RegExp]>([
    ['no JSON', '{"inputs":', 'malformed-json', /JSON/],
    [
      'NaN',
      '{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,1,1,3],"data":[1,2,NaN]}]}',
      'malformed-json',
      /JSON/,
    ],
    ['broken UTF-8', bytes('{"id":"', [0xff], '"}'), 'malformed-json', /utf-8/i],
    ['a list', '[]', 'invalid-request', /the request: .* found an array of 0/],
    ['null', 'null', 'invalid-request', /the request: .* found null/],
    ['no inputs', {}, 'invalid-request', /In inputs: Expected one input, 'image', found nothing/],
    [
      'an empty list of inputs',
      { inputs: [] },
      'invalid-request',
      /In inputs: Expected one input, 'image', found an array of 0/,
    ],
    ['two inputs', { inputs: [input, input] }, 'invalid-request', /In inputs: .*found an array of 2/],
    [
      'another name',
      { inputs: [{ ...input, name: 'input0' }] },
      'invalid-request',
      /In inputs.0.name: .*"image", found "input0"/,
    ],
    [
      'a long name',
      { inputs: [{ ...input, name: 'x'.repeat(1000) }] },
      'invalid-request',
      /found "x{40}\.\.\."\.$/,
    ],
    [
      'another datatype',
      { inputs: [{ ...input, datatype: 'FP32' }] },
      'invalid-request',
      /In inputs.0.datatype: Expected .* UINT8 or BYTES/,
    ],
    [
      'no shape',
      { inputs: [{ ...input, shape: undefined }] },
      'invalid-request',
      /In inputs.0.shape: .*found nothing/,
    ],
    [
      'three dimensions',
      { inputs: [{ ...input, shape: [1, 2, 3] }] },
      'invalid-request',
      /In inputs.0.shape: Expected \[images, height, width, 3\], found an array of 3/,
    ],
    [
      'five dimensions',
      { inputs: [{ ...input, shape: [1, 1, 1, 2, 3] }] },
      'invalid-request',
      /found an array of 5/,
    ],
    [
      'channels first',
      { inputs: [{ ...input, shape: [1, 3, 1, 2] }] },
      'invalid-request',
      /In inputs.0.shape.3: .*3, found 2/,
    ],
    [
      'a negative dimension',
      { inputs: [{ ...input, shape: [-1, 1, 2, 3] }] },
      'invalid-request',
      /In inputs.0.shape.0: .*found -1/,
    ],
    [
      'a dimension of 0',
      { inputs: [{ ...input, shape: [0, 1, 2, 3], data: [] }] },
      'invalid-request',
      /In inputs.0.shape.0: .*found 0/,
    ],
    [
      'half a dimension',
      { inputs: [{ ...input, shape: [1, 0.5, 4, 3] }] },
      'invalid-request',
      /In inputs.0.shape.1: .*found 0.5/,
    ],
    [
      'an infinite dimension',
      JSON.stringify({ inputs: [input] }).replace('[1,1,2,3]', '[1,1e999,2,3]'),
      'invalid-request',
      /In inputs.0.shape.1: .*found Infinity/,
    ],
    [
      'a dimension over 2^53',
      { inputs: [{ ...input, shape: [1, 2 ** 53, 2, 3] }] },
      'invalid-request',
      /In inputs.0.shape.1: .*found 9007199254740992/,
    ],
    [
      'a product over 2^53',
      { inputs: [{ ...input, shape: [1, huge, huge, 3] }] },
      'too-many-pixels',
      /at most 100 pixels, .*found 9007199254740991 x/,
    ],
    [
      'a pixel too many',
      { inputs: [{ ...input, shape: [1, 1, 101, 3] }] },
      'too-many-pixels',
      /found 1 x 101/,
    ],
    [
      'an image too many',
      { inputs: [{ ...input, shape: [5, 1, 2, 3] }] },
      'too-many-images',
      /at most 4 images, found 5/,
    ],
    [
      'a file too many',
      { inputs: [{ ...files, shape: [huge], data: [] }] },
      'too-many-images',
      /at most 4 images/,
    ],
    ['no data', { inputs: [head] }, 'invalid-request', /found neither/],
    [
      'data and a size',
      { inputs: [{ ...input, parameters: { binary_data_size: 0 } }] },
      'invalid-request',
      /found both/,
    ],
    [
      'a size without data',
      { inputs: [{ ...head, parameters: { binary_data_size: 6 } }] },
      'invalid-request',
      /Expected 6 bytes after the JSON.*found 0/,
    ],
    [
      'a number too few',
      { inputs: [{ ...input, data: [1, 2, 3, 4, 5] }] },
      'invalid-request',
      /an array of 6 numbers .*found an array of 5/,
    ],
    [
      'a number too many',
      { inputs: [{ ...input, data: [...pixels, 1] }] },
      'invalid-request',
      /an array of 6 numbers .*found an array of 7/,
    ],
    [
      'nested data, rows short',
      { inputs: [{ ...input, data: [[[[1, 2, 3]]]] }] },
      'invalid-request',
      /an array of 2 arrays .*found an array of 1/,
    ],
    [
      'nested data, otherwise nested',
      {
        inputs: [
          {
            ...input,
            data: [
              [1, 2, 3],
              [4, 5, 6],
            ],
          },
        ],
      },
      'invalid-request',
      /an array of 1 arrays .*found an array of 2/,
    ],
    [
      'nested data, too deep',
      {
        inputs: [
          {
            ...input,
            data: [
              [
                [
                  [[1], 2, 3],
                  [4, 5, 6],
                ],
              ],
            ],
          },
        ],
      },
      'invalid-request',
      /found an array of 1 at place 0/,
    ],
    [
      'nested data, too shallow',
      { inputs: [{ ...input, data: [[1]] }] },
      'invalid-request',
      /an array of 2 arrays in data, as the shape says, found 1\./,
    ],
    [
      'a string for data',
      { inputs: [{ ...input, data: 'AQID' }] },
      'invalid-request',
      /an array of 6 numbers .*found "AQID"/,
    ],
    [
      'null for data',
      { inputs: [{ ...input, data: null }] },
      'invalid-request',
      /an array of 6 numbers .*found null/,
    ],
    [
      '256',
      { inputs: [{ ...input, data: [1, 2, 3, 4, 5, 256] }] },
      'invalid-request',
      /0 to 255, found 256 at place 5/,
    ],
    ['-1', { inputs: [{ ...input, data: [-1, 2, 3, 4, 5, 6] }] }, 'invalid-request', /found -1 at place 0/],
    [
      'a fraction',
      { inputs: [{ ...input, data: [1, 0.5, 3, 4, 5, 6] }] },
      'invalid-request',
      /found 0.5 at place 1/,
    ],
    [
      'an infinite number',
      '{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,1,1,3],"data":[1,2,1e999]}]}',
      'invalid-request',
      /found Infinity at place 2/,
    ],
    [
      'a number in quotes',
      { inputs: [{ ...input, data: [1, '2', 3, 4, 5, 6] }] },
      'invalid-request',
      /found "2" at place 1/,
    ],
    [
      'null for a number (NaN in JavaScript)',
      { inputs: [{ ...input, data: [Number.NaN, 2, 3, 4, 5, 6] }] },
      'invalid-request',
      /found null at place 0/,
    ],
    ['a file that is no string', { inputs: [{ ...files, data: [1] }] }, 'invalid-request', /base64, found 1/],
    [
      'a file that is no base64',
      { inputs: [{ ...files, data: ['/9g=!'] }] },
      'invalid-request',
      /base64, found "\/9g=!"/,
    ],
    [
      'a URL for a file',
      { inputs: [{ ...files, data: ['http://127.0.0.1/'] }] },
      'invalid-request',
      /base64, found "http/,
    ],
    [
      'a file too few',
      { inputs: [{ ...files, shape: [2], data: ['/9g='] }] },
      'invalid-request',
      /an array of 2 files .*found an array of 1/,
    ],
    [
      'an unknown output',
      { inputs: [input], outputs: [{ name: 'logits' }] },
      'invalid-request',
      /In outputs.0.name: .*"probabilities"\|"energy", found "logits"/,
    ],
    [
      'the output twice',
      { inputs: [input], outputs: [{ name: 'probabilities' }, { name: 'probabilities' }] },
      'invalid-request',
      /In outputs: Expected outputs out of probabilities, energy, each once, found an array of 2/,
    ],
    [
      'the classification extension',
      { inputs: [input], outputs: [{ name: 'probabilities', parameters: { classification: 3 } }] },
      'invalid-request',
      /In outputs.0.parameters.classification: .*extension, found 3/,
    ],
    ['a number for id', { id: 7, inputs: [input] }, 'invalid-request', /In id: .*found 7/],
    [
      'a string for a flag',
      { inputs: [input], parameters: { binary_data_output: 'yes' } },
      'invalid-request',
      /In parameters.binary_data_output: .*found "yes"/,
    ],
    ['no body', '', 'empty-body', /found no bytes/],
  ])('refuses %s', async (_, body, code, detail) => {
    const { app, jobs } = recording();
    const error = await errorOf(await infer(app, body));
    expect(error.code).toBe(code);
    expect(error.detail).toMatch(detail);
    expect(jobs).toEqual([]);
  });

  const sized = (size: number) => ({ inputs: [{ ...head, parameters: { binary_data_size: size } }] });
  const filesOf = (count: number, size: number) => ({
    inputs: [{ ...files, shape: [count], parameters: { binary_data_size: size } }],
  });
  it.each<[string, unknown, readonly number[], RegExp]>([
    ['a byte too few', sized(6), [1, 2, 3, 4, 5], /Expected 6 bytes after the JSON.*found 5/],
    ['a byte too many', sized(6), [...pixels, 1], /Expected 6 bytes after the JSON.*found 7/],
    [
      "a size that is not the shape's",
      sized(5),
      [1, 2, 3, 4, 5],
      /Expected 6 bytes for the shape \[1,1,2,3\], found a binary_data_size of 5/,
    ],
    ['a negative size', sized(-1), [], /binary_data_size: .*found -1/],
    ['a huge size', sized(huge), pixels, /Expected 9007199254740991 bytes/],
    ['bytes that no input has', { inputs: [input] }, [1], /Expected 0 bytes after the JSON.*found 1/],
    ['a file that is cut off', filesOf(1, 6), [3, 0, 0, 0, 1, 2], /1 files.*found only 0 whole ones/],
    ['a length that is cut off', filesOf(2, 7), [1, 0, 0, 0, 9, 1, 0], /2 files.*found only 1 whole ones/],
    ['a length of 4 GiB', filesOf(1, 5), [255, 255, 255, 255, 1], /found only 0 whole ones/],
    [
      'a file too many after the JSON',
      filesOf(1, 10),
      [1, 0, 0, 0, 9, 1, 0, 0, 0, 9],
      /found 5 bytes after them/,
    ],
  ])('refuses %s in binary data', async (_, json, data, detail) => {
    const { app, jobs } = recording();
    const error = await errorOf(await inferBinary(app, json, data));
    expect(error.code).toBe('invalid-request');
    expect(error.detail).toMatch(detail);
    expect(jobs).toEqual([]);
  });

  it.each([
    ['more than there is', '10000', 400, 'invalid-request'],
    ['negative', '-1', 400, 'invalid-request'],
    ['no number', 'x', 400, 'invalid-request'],
    ['hexadecimal', '0x10', 400, 'invalid-request'],
    ['very long', '9'.repeat(400), 400, 'invalid-request'],
    ['too short', '5', 400, 'malformed-json'],
  ])('refuses a length of the JSON that is %s', async (_, length, status, code) => {
    const { app } = recording();
    const response = await infer(app, { inputs: [input] }, { 'Inference-Header-Content-Length': length });
    expect(await errorOf(response)).toMatchObject({ status, code });
  });

  it('refuses a compressed body, unless it only says that it is none', async () => {
    const { app } = recording();
    const body = { inputs: [input] };
    expect(await errorOf(await infer(app, body, { 'Content-Encoding': 'gzip' }))).toMatchObject({
      status: 415,
      code: 'unsupported-encoding',
    });
    expect((await infer(app, body, { 'Content-Encoding': 'Identity' })).status).toBe(200);
  });

  // A body of 16 MB has room for 5 million of them: an error for each would take seconds, and a gigabyte.
  it.each([
    ['inputs', (many: unknown) => ({ inputs: many })],
    ['outputs', (many: unknown) => ({ inputs: [input], outputs: many })],
    ['dimensions', (many: unknown) => ({ inputs: [{ ...input, shape: many }] })],
  ])('looks at no more %s than it expects', (_, request) => {
    const many: unknown[] = [1, 1, 1, 3];
    Object.defineProperty(many, 4, {
      get() {
        throw new Error('looked at');
      },
    });
    const { error } = inferRequestSchema.safeParse(request(many));
    expect(error?.issues.map(({ code }) => code)).toContain('too_big');
  });

  it("answers with an image's problem, says which one it is, and drops the others", async () => {
    const unreadable = new AreographError({
      code: 'image',
      where: 'the image',
      expected: 'a complete image',
      found: 'half of one',
      next: '',
    });
    const reasons: unknown[] = [];
    let asked = 0;
    const model = fakeModel('fake', '1', (_, signal) => {
      asked += 1;
      if (asked === 2) return Promise.reject(unreadable);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason);
        });
      });
    });
    const body = { inputs: [{ ...files, shape: [3], data: ['/9g=', '/9g=', '/9g='] }] };
    const error = await errorOf(await infer(appOf(fakeModels(model)), body));
    expect(error).toMatchObject({ status: 422, code: 'damaged-image' });
    expect(error.detail).toMatch(/^image 2 of 3: expected a complete image/);
    expect(reasons).toHaveLength(2);
  });

  it('stops at the deadline', async () => {
    const deadline = new AbortController();
    const model = fakeModel('fake', '1', (_, signal) => {
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      deadline.abort(new RequestError('timeout', 'Too late.'));
      return aborted;
    });
    const response = await infer(appOf(fakeModels(model), deadline.signal), { inputs: [input] });
    expect(await errorOf(response)).toMatchObject({ status: 504, code: 'timeout', error: 'Too late.' });
  });

  it('says nothing of an error of its own, but leaves it to the app around it', async () => {
    const secret = new Error('secret');
    const model = fakeModel('fake', '1', () => Promise.reject(secret));
    let seen: Error | undefined;
    const app = new Hono<AppEnv>();
    app.onError((error, c) => answerProblem(c, errorAsSeen(c, error)));
    app.use(async (c, next) => {
      await next();
      seen = c.error;
      c.header('X-Request-Id', '1');
    });
    const signal = () => new AbortController().signal;
    app.route('/v2', v2Routes({ models: fakeModels(model), signal, readBody, ...limits }));
    const response = await infer(app, { inputs: [input] });
    expect(response.headers.get('x-request-id')).toBe('1');
    const error = await errorOf(response);
    expect(error).toMatchObject({ status: 500, code: 'internal' });
    expect(error.detail).not.toMatch(/secret/);
    expect(seen).toBe(secret);
  });
});

describe('a model that gives energies', () => {
  const two = { ...input, shape: [2, 1, 1, 3] };
  const energies = [-2.5, 0.75];
  const appFor = () => appOf(fakeModels(energeticModel(energies, -1)));
  const probabilities = {
    name: 'probabilities',
    datatype: 'FP32',
    shape: [2, 3],
    data: [...Float32Array.of(0.7, 0.2, 0.1, 0.7, 0.2, 0.1)],
  };
  const energy = { name: 'energy', datatype: 'FP32', shape: [2], data: energies };

  it('has them as a second output, with the threshold among its parameters', async () => {
    const response = await appFor().request('/v2/models/fake');
    expect(modelMetadataSchema.strict().parse(await response.json())).toMatchObject({
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
        { name: 'energy', datatype: 'FP32', shape: [-1] },
      ],
      parameters: {
        classes: ['wheel', 'ground', 'horizon'],
        temperature: 1.5,
        energy_threshold: -1,
      },
    });
    const without = await appOf(fakeModels(energeticModel(energies))).request('/v2/models/fake');
    expect(modelMetadataSchema.parse(await without.json()).parameters).not.toHaveProperty('energy_threshold');
  });

  it.each([
    ['no outputs are named', {}, [probabilities, energy]],
    ['outputs is empty', { outputs: [] }, [probabilities, energy]],
    ['one is named', { outputs: [{ name: 'probabilities' }] }, [probabilities]],
    ['the other is named', { outputs: [{ name: 'energy' }] }, [energy]],
    ['both are named', { outputs: [{ name: 'energy' }, { name: 'probabilities' }] }, [energy, probabilities]],
  ])('gives what is asked for, in that order: %s', async (_, asked, outputs) => {
    const answer = await answerOf(await infer(appFor(), { inputs: [two], ...asked }));
    expect(answer.outputs).toEqual(outputs);
  });

  // struct.pack('<2f', -2.5, 0.75), and struct.pack('<3f', 0.7, 0.2, 0.1) twice.
  const energyBytes = [0, 0, 0x20, 0xc0, 0, 0, 0x40, 0x3f];
  const row = [0x33, 0x33, 0x33, 0x3f, 0xcd, 0xcc, 0x4c, 0x3e, 0xcd, 0xcc, 0xcc, 0x3d];
  const inBinary = ({ data: _, ...rest }: typeof probabilities, size: number) => ({
    ...rest,
    parameters: { binary_data_size: size },
  });

  it.each([
    [
      'all of them',
      { parameters: { binary_data_output: true } },
      [inBinary(probabilities, 24), inBinary(energy, 8)],
      [...row, ...row, ...energyBytes],
    ],
    [
      'in the order asked for',
      {
        parameters: { binary_data_output: true },
        outputs: [{ name: 'energy' }, { name: 'probabilities' }],
      },
      [inBinary(energy, 8), inBinary(probabilities, 24)],
      [...energyBytes, ...row, ...row],
    ],
    [
      'one in the JSON and one after it',
      { outputs: [{ name: 'probabilities' }, { name: 'energy', parameters: { binary_data: true } }] },
      [probabilities, inBinary(energy, 8)],
      energyBytes,
    ],
  ])('gives binary data: %s', async (_, asked, outputs, data) => {
    const response = await infer(appFor(), { inputs: [two], ...asked });
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    const length = Number(response.headers.get('inference-header-content-length'));
    const body = new Uint8Array(await response.arrayBuffer());
    const answer = JSON.parse(new TextDecoder().decode(body.subarray(0, length)));
    expect(z.strictObject(inferResponseSchema.shape).parse(answer).outputs).toEqual(outputs);
    expect([...body.subarray(length)]).toEqual(data);
  });

  it('is told from one that gives none', async () => {
    const app = appOf(fakeModels(fakeModel()));
    const response = await infer(app, { inputs: [two], outputs: [{ name: 'energy' }] });
    const { status, code, detail } = await errorOf(response);
    expect({ status, code }).toEqual({ status: 400, code: 'invalid-request' });
    expect(detail).toBe('Expected outputs out of those of the model (probabilities), found "energy".');
    expect((await answerOf(await infer(app, { inputs: [two] }))).outputs).toEqual([probabilities]);
  });
});
