import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AreographError } from '../dsl/errors.ts';
import { createApp } from './app.ts';
import type { AppOptions } from './appOptions.ts';
import type { Job, Prediction } from './job.ts';
import { RequestError } from './problem.ts';
import { failureSchema } from './results.ts';
import { energeticModel, fakeModel, fakeModels, prediction } from './testing/fakeModels.ts';
import { problemIn, resultsOf, textOf } from './testing.ts';

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
/** The first bytes of formats, and then text to tell them by. */
const jpeg = (text: string) => latin1(`\xff\xd8\xff${text}`);
const png = (text: string) => latin1(`\x89PNG\r\n\x1a\n${text}`);
const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };
const json = { 'content-type': 'application/json' };

/** An app whose one model keeps what it is given, and gives `answer`. */
function recording(
  answer: (job: Job, signal: AbortSignal) => Promise<Prediction> = async () => prediction([0.7, 0.2, 0.1]),
  options: Partial<AppOptions> = {},
) {
  const jobs: Job[] = [];
  const model = fakeModel('fake', '3', (job, signal) => {
    jobs.push(job);
    return answer(job, signal);
  });
  const app = createApp({ models: fakeModels(model), ...options });
  const send = (
    path: string,
    body?: RequestInit['body'],
    headers: Readonly<Record<string, string>> = {},
    method = 'POST',
  ) => app.request(path, { method, headers, ...(body === undefined ? {} : { body }) });
  return { app, send, images: () => jobs.map(textOf), jobs };
}

function form(...files: [field: string, name: string, bytes: Uint8Array<ArrayBuffer>][]): FormData {
  const data = new FormData();
  for (const [field, name, bytes] of files) data.append(field, new File([bytes], name));
  return data;
}

/** Refuses what starts with `bad`, as decoding would. */
const refusing = async (job: Job): Promise<Prediction> => {
  if (!textOf(job).startsWith('bad')) return prediction([0.7, 0.2, 0.1]);
  throw new AreographError({
    code: 'format',
    where: 'the image',
    expected: 'a JPEG',
    found: 'bad bytes',
    next: 'Convert it.',
  });
};

describe('the answer', () => {
  it('has all classes, sorted, with names and version, and how long it took', async () => {
    const { send } = recording(async () => prediction([0.25, 0.5, 0.125]));
    const { model, results } = await resultsOf(await send('/classify', jpeg('a')));
    expect(model).toEqual({ name: 'fake', version: '3' });
    expect(results).toEqual([
      {
        top: { class: 'ground', probability: 0.5 },
        classes: [
          { class: 'ground', probability: 0.5 },
          { class: 'wheel', probability: 0.25 },
          { class: 'horizon', probability: 0.125 },
        ],
        abstained: true,
        threshold: 0.9,
        milliseconds: { queue: 0, decode: 1, inference: 2, total: expect.any(Number) },
      },
    ]);
  });

  it.each([
    ['topK=1', { classes: [{ class: 'wheel' }] }],
    ['topK=2', { classes: [{ class: 'wheel' }, { class: 'ground' }] }],
    ['topK=99', { classes: [{}, {}, {}] }],
    // 0.75 is exact in binary, so that the bound itself can be tried.
    ['threshold=0.75', { abstained: false, threshold: 0.75 }],
    ['threshold=0.7500001', { abstained: true }],
    ['threshold=.5', { abstained: false, threshold: 0.5 }],
    ['threshold=1', { abstained: true, threshold: 1 }],
    ['threshold=0', { abstained: false }],
  ])('follows ?%s', async (query, expected) => {
    const { send } = recording(async () => prediction([0.75, 0.125, 0.125]));
    const { results } = await resultsOf(await send(`/classify?${query}`, jpeg('a')));
    expect(results).toMatchObject([expected]);
  });

  it('abstains under the threshold that the server is given', async () => {
    const { send } = recording(undefined, { threshold: 0.6 });
    expect((await resultsOf(await send('/classify', jpeg('a')))).results).toMatchObject([
      { abstained: false, threshold: 0.6 },
    ]);
  });

  it('explains the class that is asked for', async () => {
    const explanation = {
      classIndex: 1,
      map: { height: 1, width: 2, values: [0.123456, 1] },
      png: Uint8Array.of(1, 2, 3),
    };
    const { send, jobs } = recording(async () => ({ ...prediction([0.7, 0.2, 0.1]), explanation }));
    const { results } = await resultsOf(await send('/classify?explain=ground', jpeg('a')));
    expect(results).toMatchObject([
      { explanation: { class: 'ground', height: 1, width: 2, values: [0.1235, 1], png: 'AQID' } },
    ]);
    await send('/classify?explain=true', jpeg('a'));
    await send('/classify?explain=false', jpeg('a'));
    expect(jobs.map(({ explain }) => explain)).toEqual([1, 'top', undefined]);
  });

  it.each(['/classify', '/invocations'])(
    'of %s says which images are unlike those of training',
    async (path) => {
      const app = createApp({ models: fakeModels(energeticModel([-3.5, -2.25, -1.2], -2.25)) });
      const body = form(['a', 'a.jpg', jpeg('a')], ['b', 'b.jpg', jpeg('b')], ['c', 'c.jpg', jpeg('c')]);
      const { results } = await resultsOf(await app.request(path, { method: 'POST', body }));
      const told = { score: 'energy', threshold: -2.25 };
      // Not above the threshold is like them.
      expect(results.map((each) => 'outOfDistribution' in each && each.outOfDistribution)).toEqual([
        { ...told, energy: -3.5, detected: false },
        { ...told, energy: -2.25, detected: false },
        { ...told, energy: -1.2, detected: true },
      ]);
    },
  );

  it.each([
    ['a threshold', energeticModel([-3])],
    ['an energy', energeticModel([], -2)],
  ])('says nothing of that without %s', async (_, model) => {
    const app = createApp({ models: fakeModels(model) });
    const response = await app.request('/classify', { method: 'POST', body: jpeg('a') });
    expect((await resultsOf(response)).results[0]).not.toHaveProperty('outOfDistribution');
  });

  it('takes the model and the version that are asked for', async () => {
    const models = [fakeModel('a', '2'), fakeModel('a', '1'), fakeModel('b', '7')];
    const app = createApp({ models: fakeModels(...models) });
    const ask = async (query: string) =>
      (await resultsOf(await app.request(`/classify${query}`, { method: 'POST', body: jpeg('a') }))).model;
    expect(await ask('')).toEqual({ name: 'a', version: '2' });
    expect(await ask('?version=1')).toEqual({ name: 'a', version: '1' });
    expect(await ask('?model=b')).toEqual({ name: 'b', version: '7' });
    const missing = await app.request('/classify?model=c', { method: 'POST', body: jpeg('a') });
    expect(await problemIn(missing)).toMatchObject({ status: 404, code: 'model-not-found' });
  });
});

describe('a parameter', () => {
  it.each([
    ['topK=0', "topK: expected a whole number from 1, found '0'."],
    ['topK=', "topK: expected a whole number from 1, found ''."],
    ['topK=1.5', "topK: expected a whole number from 1, found '1.5'."],
    ['topK=0x10', "topK: expected a whole number from 1, found '0x10'."],
    ['topK=1&topK=2', 'topK: expected it once, found it 2 times.'],
    ['threshold=90', "threshold: expected a number from 0 to 1, found '90'."],
    ['threshold=-0.1', "threshold: expected a number from 0 to 1, found '-0.1'."],
    ['threshold=NaN', "threshold: expected a number from 0 to 1, found 'NaN'."],
    ['explain=', "explain: expected true, false, or the name of a class, found ''."],
    [
      'explain=grond',
      "explain: expected true, false, or the name of a class, found 'grond'. The nearest is 'ground'.",
    ],
    ['topk=2', /^Expected the parameters topK, threshold, .*, found 'topk'\. The nearest is 'topK'\.$/],
    ['toString=2', /found 'toString'/],
    ['constructor=2', /found 'constructor'/],
  ])('is refused: %s', async (query, detail) => {
    const { send, jobs } = recording();
    const problem = await problemIn(await send(`/classify?${query}`, jpeg('a')));
    expect(problem).toMatchObject({ status: 422, code: 'invalid-parameter' });
    expect(problem.detail).toMatch(detail);
    expect(jobs).toEqual([]);
  });

  it('asks in vain for an explanation of a model that has none', async () => {
    const { description, ...model } = fakeModel();
    const models = fakeModels({ ...model, description: { ...description, explainable: false } });
    const response = await createApp({ models }).request('/classify?explain=true', {
      method: 'POST',
      body: jpeg('a'),
    });
    expect(await problemIn(response)).toMatchObject({ status: 422, code: 'cannot-explain' });
  });
});

describe('a body', () => {
  it.each([
    ['no type', {}],
    ['an image type', { 'content-type': 'image/png' }],
    ["curl's", urlencoded],
    ['JSON', json],
    ["a form's", { 'content-type': 'multipart/form-data; boundary=x' }],
  ])('is an image by its bytes, with %s', async (_, headers) => {
    const { send, images } = recording();
    const { results } = await resultsOf(await send('/classify', jpeg('{"image": 1}'), headers));
    expect(results).toHaveLength(1);
    expect(results[0]).not.toHaveProperty('file');
    expect(images()).toEqual(['\xff\xd8\xff{"image": 1}']);
  });

  it('is an image in PUT, with the name that curl -T adds', async () => {
    const { send, images } = recording();
    const unnamed = await resultsOf(await send('/classify', jpeg('a'), {}, 'PUT'));
    expect(unnamed.results[0]).not.toHaveProperty('file');
    const named = await resultsOf(await send('/classify/sol%203.jpg', jpeg('b'), {}, 'PUT'));
    expect(named.results).toMatchObject([{ file: 'sol 3.jpg' }]);
    expect(images()).toEqual(['\xff\xd8\xffa', '\xff\xd8\xffb']);
  });

  it('is a form of files under any names, in their order; text is passed over', async () => {
    const { send, images } = recording();
    const data = form(['image', 'a.png', png('1')], ['image', 'b.jpg', jpeg('2')], ['x y', 'c', png('3')]);
    data.append('comment', 'from sol 3');
    const { results } = await resultsOf(await send('/classify', data));
    expect(results.map(({ file }) => file)).toEqual(['a.png', 'b.jpg', 'c']);
    expect(images()).toEqual(['\x89PNG\r\n\x1a\n1', '\xff\xd8\xff2', '\x89PNG\r\n\x1a\n3']);
  });

  it.each([
    ['of one image', (image: string) => ({ image }), json],
    ['of several', (image: string) => ({ images: [image] }), json],
    ['as curl -d declares it', (image: string) => ({ image }), urlencoded],
    ['without a type', (image: string) => ({ image }), {}],
    ['of a data: URL', (image: string) => ({ image: `data:image/png;base64,${image}` }), json],
    ['in lines of 76', (image: string) => ({ image: image.replace(/.{76}/g, '$&\n') }), json],
    ['without padding', (image: string) => ({ image: image.replace(/=+$/, '') }), json],
    [
      'in the alphabet of URLs',
      (image: string) => ({ image: image.replaceAll('+', '-').replaceAll('/', '_') }),
      json,
    ],
  ])('is JSON %s', async (_, wrap, headers) => {
    const { send, images } = recording();
    const image = png('\xfb\xff\xfe'.repeat(50));
    const base64 = Buffer.from(image).toString('base64');
    const body = `\n ${JSON.stringify(wrap(base64), null, 1)}`;
    const { results } = await resultsOf(await send('/classify', body, headers));
    expect(results).toHaveLength(1);
    expect(images()).toEqual([Buffer.from(image).toString('latin1')]);
  });

  it('of JSON gives a model the very bytes that were encoded', async () => {
    const { send, jobs } = recording();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1 }), async (images) => {
        jobs.length = 0;
        const encoded = images.map((bytes) => Buffer.from(bytes).toString('base64'));
        await resultsOf(await send('/classify', JSON.stringify({ images: encoded }), json));
        expect(jobs.map(({ image }) => image)).toEqual(images);
      }),
    );
  });

  const textForm = new FormData();
  textForm.append('image', 'photo.jpg');
  const boundary = { 'content-type': 'multipart/form-data; boundary=x' };
  // 4 KiB of an image without NUL, line feed and carriage return.
  const stripped = Uint8Array.of(0xff, 0xd8, 0xff, ...new Uint8Array(1504).fill(200));
  it.each([
    ['no body', undefined, {}, 400, 'empty-body', /--data-binary/],
    ['an empty body', '', {}, 400, 'empty-body', /--data-binary/],
    ['a form without files', textForm, {}, 400, 'no-file', /only text: image/],
    [
      'a form without a boundary',
      'abc',
      { 'content-type': 'multipart/form-data' },
      400,
      'malformed-form',
      /-F/,
    ],
    ['half a form', '--x\r\nContent-', boundary, 400, 'malformed-form', /-F/],
    ['half JSON', '{"image": "', {}, 400, 'malformed-json', /mistake/],
    ['JSON that is no UTF-8', latin1('{"image": "\xff"}'), json, 400, 'malformed-json', /UTF-8/],
    ['an empty object', '{}', {}, 400, 'invalid-request', /"images"/],
    ['both at once', '{"image": "AQID", "images": []}', {}, 400, 'invalid-request', /"images"/],
    ['no images', '{"images": []}', {}, 400, 'invalid-request', /"images"/],
    ['a number', '{"image": 1}', {}, 400, 'invalid-request', /"images"/],
    ['a list', '[]', json, 400, 'invalid-request', /"images"/],
    [
      'text for base64',
      '{"images": ["AQID", "a cat, no?"]}',
      {},
      400,
      'invalid-request',
      /^images\[1\]: .* other text/,
    ],
    ['half a byte', '{"image": "AQIDA"}', {}, 400, 'invalid-request', /^image: .* other text/],
    ['a URL', '{"image": "http://a.example/b.jpg"}', {}, 400, 'invalid-request', /Nothing is fetched/],
    ['a file: URL', '{"image": "file:///etc/passwd"}', {}, 400, 'invalid-request', /Nothing is fetched/],
    ['what curl -d makes of an image', stripped, urlencoded, 422, 'damaged-image', /--data-binary/],
    ['gzip', jpeg('a'), { 'content-encoding': 'gzip' }, 415, 'unsupported-encoding', /'gzip'/],
  ] as const)('is refused: %s', async (_, body, headers, status, code, detail) => {
    const { send, jobs } = recording();
    const problem = await problemIn(await send('/classify', body, headers));
    expect(problem).toMatchObject({ status, code });
    expect(problem.detail).toMatch(detail);
    expect(jobs).toEqual([]);
  });

  it('is taken with the encoding that is none', async () => {
    const { send } = recording();
    expect((await send('/classify', jpeg('a'), { 'content-encoding': 'Identity' })).status).toBe(200);
  });

  it('has as many images as may be, and not one more', async () => {
    const { send, jobs } = recording(undefined, { maxImages: 2 });
    const files = (count: number) =>
      form(
        ...Array.from(
          { length: count },
          (_, i) => ['f', `${i}`, jpeg(`${i}`)] as [string, string, Uint8Array<ArrayBuffer>],
        ),
      );
    expect((await resultsOf(await send('/classify', files(2)))).results).toHaveLength(2);
    expect(await problemIn(await send('/classify', files(3)))).toMatchObject({
      status: 413,
      code: 'too-many-images',
    });
    expect(jobs).toHaveLength(2);
  });

  it('is refused without parsing what has far more parts than that', async () => {
    const { send } = recording();
    const part = '--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n\r\n';
    const form = `${part.repeat(2000)}--x--\r\n`;
    const problem = await problemIn(await send('/classify', form, boundary));
    expect(problem).toMatchObject({ status: 413, code: 'too-many-images' });
    expect(problem.detail).toMatch(/at most 64 images and 1000 other fields, found 2000\./);

    const images = JSON.stringify({ images: Array.from({ length: 2000 }, () => 'AQID') });
    expect(await problemIn(await send('/classify', images))).toMatchObject({
      status: 413,
      code: 'body-too-large',
    });
    const most = JSON.stringify({ images: Array.from({ length: 64 }, () => 'data:image/png;base64,AQID') });
    expect((await resultsOf(await send('/classify', most))).results).toHaveLength(64);
  });
});

describe('an image that fails', () => {
  const bad = latin1('bad');

  it('says so in its place, with its name, and the others are answered', async () => {
    const { send } = recording(refusing);
    const data = form(['f', 'a.png', png('1')], ['f', 'b.txt', bad], ['f', 'c.png', png('2')]);
    const { results } = await resultsOf(await send('/classify', data));
    expect(results).toMatchObject([
      { file: 'a.png', top: {} },
      { file: 'b.txt' },
      { file: 'c.png', top: {} },
    ]);
    expect(failureSchema.strict().parse(results[1]).error).toMatchObject({
      code: 'not-an-image',
      status: 415,
      detail: 'b.txt: expected a JPEG, found bad bytes. Convert it.',
    });
  });

  it('gives the request its problem if it is the first and none is classified', async () => {
    const { send } = recording(refusing);
    const problem = await problemIn(await send('/classify', form(['f', 'a.txt', bad], ['f', 'b.txt', bad])));
    expect(problem).toMatchObject({ status: 415, code: 'not-an-image', title: 'Unsupported Media Type' });
    expect(problem.detail).toMatch(/^a\.txt: /);
  });

  it.each([
    ['image', 422, 'damaged-image'],
    ['pixels', 413, 'too-many-pixels'],
    ['explain', 422, 'cannot-explain'],
    ['model', 500, 'internal'],
  ] as const)('for %s is answered %i %s', async (code, status, expected) => {
    const problem = { code, where: 'a secret path', expected: 'x', found: 'y', next: '' };
    const { send } = recording(() => Promise.reject(new AreographError(problem)));
    expect(await problemIn(await send('/classify', jpeg('a')))).toMatchObject({ status, code: expected });
  });

  it('because there is too much to do says when to come again', async () => {
    for (const [error, seconds] of [
      [new RequestError('overloaded', 'Too many wait.', { retryAfter: 2.1 }), '3'],
      [new RequestError('worker-lost', 'It ended.'), '1'],
    ] as const) {
      const { send } = recording(() => Promise.reject(error));
      const response = await send('/classify', jpeg('a'));
      expect(response.headers.get('retry-after')).toBe(seconds);
      expect(await problemIn(response)).toMatchObject({ status: 503, code: error.code });
    }
  });

  it('by a defect keeps to itself what it is', async () => {
    const { send } = recording(() => Promise.reject(new Error('a secret path')));
    const response = await send('/classify', jpeg('a'));
    const problem = await problemIn(response);
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});
