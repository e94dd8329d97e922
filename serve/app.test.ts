import { rm } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tinyClasses, tinyModelFolder } from '../runtime/tinyModel.ts';
import { createApp } from './app.ts';
import { ClassifierThread } from './classifierThread.ts';
import { type ProblemDetails, problemSchema } from './problem.ts';
import { failureSchema, resultsSchema } from './results.ts';
import { WorkerLost } from './workerClient.ts';

const height = 40;
const width = 50;
const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * i * 7 + (i % 3) * 80) % 256);
// PNG keeps every pixel, so that the bare session can be given the same.
const png = new Uint8Array(
  await sharp(pixels, { raw: { height, width, channels: 3 } })
    .png()
    .toBuffer(),
);
const jpeg = new Uint8Array(await sharp(png).jpeg().toBuffer());
const text = new TextEncoder().encode('not an image');
const maxBodyBytes = 64 * 1024;

let folder = '';
let thread: ClassifierThread;
let app: ReturnType<typeof createApp>;
let expected: Record<string, number> = {};
beforeAll(async () => {
  let file = '';
  ({ folder, file } = await tinyModelFolder());
  thread = await ClassifierThread.start(file, { device: 'cpu' });
  app = createApp({
    classify: (image) => thread.classify(image),
    model: { name: thread.name },
    maxBodyBytes,
  });
  const session = await InferenceSession.create(file);
  const { probabilities } = await session.run({ image: new Tensor('uint8', pixels, [1, height, width, 3]) });
  expected = Object.fromEntries(tinyClasses.map((name, i) => [name, Number(probabilities?.data[i])]));
});
afterAll(async () => {
  await thread.close();
  await rm(folder, { recursive: true });
});

function form(...files: [field: string, name: string, bytes: Uint8Array<ArrayBuffer>][]): FormData {
  const data = new FormData();
  for (const [field, name, bytes] of files) data.append(field, new File([bytes], name));
  return data;
}

const post = (body?: RequestInit['body'], headers: Record<string, string> = {}) =>
  app.request('/classify', { method: 'POST', headers, ...(body === undefined ? {} : { body }) });

async function resultsOf(response: Response) {
  expect(response.status).toBe(200);
  return z.strictObject(resultsSchema.shape).parse(await response.json());
}

async function problemOf(response: Response): Promise<ProblemDetails> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.strict().parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}

function probabilities(result: unknown): Record<string, number> {
  const { classes } = z
    .object({ classes: z.array(z.object({ class: z.string(), probability: z.number() })) })
    .parse(result);
  return Object.fromEntries(classes.map((score) => [score.class, score.probability]));
}

describe('POST /classify', () => {
  it.each([
    ['no content type', {}],
    ['an image type', { 'content-type': 'image/png' }],
    ["curl's", { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a wrong one', { 'content-type': 'text/plain' }],
  ] as const)('answers a raw body with %s as the bare session does', async (_, headers) => {
    const { model, results } = await resultsOf(await post(png, headers));
    expect(model).toEqual({ name: 'cnn3x3' });
    expect(results).toHaveLength(1);
    expect(results[0]).not.toHaveProperty('file');
    expect(probabilities(results[0])).toEqual(expected);
    const [[name, probability] = []] = Object.entries(expected).sort(([, a], [, b]) => b - a);
    expect(results[0]).toMatchObject({ top: { class: name, probability } });
  });

  it('answers a form of one file in the same shape, with its name', async () => {
    const { results } = await resultsOf(await post(form(['whatever', 'a.png', png])));
    expect(results).toHaveLength(1);
    expect(results[0]).toMatchObject({ file: 'a.png', milliseconds: expect.any(Number) });
    expect(probabilities(results[0])).toEqual(expected);
  });

  it('answers files of one field and of several, in their order, and passes over text', async () => {
    const data = form(['image', 'a.png', png], ['image', 'b.jpg', jpeg], ['other', 'c.png', png]);
    data.append('comment', 'from sol 3');
    const { results } = await resultsOf(await post(data));
    expect(results.map(({ file }) => file)).toEqual(['a.png', 'b.jpg', 'c.png']);
    expect(probabilities(results[0])).toEqual(expected);
    expect(probabilities(results[1])).not.toEqual(expected);
    expect(probabilities(results[2])).toEqual(expected);
  });

  it('says in its place which file of several is no image, and answers for the others', async () => {
    const { results } = await resultsOf(
      await post(form(['f', 'a.png', png], ['f', 'b.txt', text], ['f', 'c.png', png])),
    );
    expect(probabilities(results[0])).toEqual(expected);
    expect(probabilities(results[2])).toEqual(expected);
    const { file, error } = failureSchema.strict().parse(results[1]);
    expect(file).toBe('b.txt');
    expect(error).toMatchObject({
      code: 'not-an-image',
      status: 415,
      detail: expect.stringMatching(/^b\.txt: /),
    });
  });

  it("answers with the first file's problem if no file is an image", async () => {
    const problem = await problemOf(await post(form(['f', 'a.txt', text], ['f', 'b.txt', text])));
    expect(problem).toMatchObject({ status: 415, code: 'not-an-image', title: 'Unsupported Media Type' });
    expect(problem.detail).toMatch(/^a\.txt: /);
  });

  const textForm = new FormData();
  textForm.append('image', 'photo.jpg');
  it.each([
    ['no body', undefined, {}, 400, 'empty-body'],
    ['an empty body', '', {}, 400, 'empty-body'],
    ['text', text, {}, 415, 'not-an-image'],
    ['half an image', jpeg.slice(0, jpeg.length / 2), {}, 415, 'not-an-image'],
    ['JSON', '{"image": 1}', { 'content-type': 'application/json' }, 415, 'not-an-image'],
    ['a form without files', textForm, {}, 400, 'no-file'],
    ['a form without a boundary', 'abc', { 'content-type': 'multipart/form-data' }, 400, 'malformed-form'],
    [
      'half a form',
      '--x\r\nContent-',
      { 'content-type': 'multipart/form-data; boundary=x' },
      400,
      'malformed-form',
    ],
    ['a form with an empty file', form(['f', 'a.png', new Uint8Array()]), {}, 415, 'not-an-image'],
  ] as const)('refuses %s', async (_, body, headers, status, code) => {
    expect(await problemOf(await post(body, headers))).toMatchObject({ status, code });
  });

  it('accepts a body of exactly the limit, and refuses one byte more', async () => {
    const within = new Uint8Array(maxBodyBytes);
    within.set(png);
    expect((await post(within)).status).toBe(200);
    const over = new Uint8Array(maxBodyBytes + 1);
    over.set(png);
    expect(await problemOf(await post(over))).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it('stops reading a body of unknown length at the limit', async () => {
    let read = 0;
    const long = new ReadableStream<Uint8Array>({
      pull(controller) {
        read += 1024;
        if (read > 8 * maxBodyBytes) controller.close();
        else controller.enqueue(new Uint8Array(1024));
      },
    });
    const request = new Request('http://localhost/classify', {
      method: 'POST',
      body: long,
      duplex: 'half',
    });
    expect(await problemOf(await app.request(request))).toMatchObject({
      status: 413,
      code: 'body-too-large',
    });
    expect(read).toBeLessThan(maxBodyBytes + 4096);
  });

  it('asks to send again what a lost worker did not answer', async () => {
    const failing = createApp({ classify: () => Promise.reject(new WorkerLost()), model: { name: 'm' } });
    const response = await failing.request('/classify', { method: 'POST', body: png });
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'worker-lost' });
  });

  it('keeps to itself what is wrong with the server', async () => {
    const classify = () => Promise.reject(new Error('a secret path'));
    const failing = createApp({ classify, model: { name: 'm' } });
    const response = await failing.request('/classify', { method: 'POST', body: png });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});

describe('other requests', () => {
  it('says that it is healthy', async () => {
    const response = await app.request('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok', model: { name: 'cnn3x3' } });
  });

  it.each([
    ['GET', '/', 404, 'not-found'],
    ['POST', '/healthz', 404, 'not-found'],
    ['GET', '/classify', 405, 'method-not-allowed'],
    ['PUT', '/classify', 405, 'method-not-allowed'],
  ] as const)('refuses %s %s', async (method, path, status, code) => {
    const response = await app.request(path, { method });
    expect(response.headers.get('allow')).toBe(status === 405 ? 'POST' : null);
    expect(await problemOf(response)).toMatchObject({ status, code });
  });
});
