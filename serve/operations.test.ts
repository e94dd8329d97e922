import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { AreographError } from '../dsl/errors.ts';
import { createApp } from './app.ts';
import { Metrics } from './metrics.ts';
import { RequestError } from './problem.ts';
import { modelsSchema } from './routes/listModels.ts';
import { energeticModel, fakeModel, fakeModels, prediction } from './testing/fakeModels.ts';
import { problemIn } from './testing.ts';

const models = fakeModels(fakeModel('b', '2'), fakeModel('b', '1'), fakeModel('a', '1'));
const image = { method: 'POST', body: 'an image' } as const;

describe('health', () => {
  it('is alive without a model, and ready with one until it is about to end', async () => {
    let draining = false;
    const empty = createApp({ models: fakeModels() });
    const app = createApp({ models, draining: () => draining });
    for (const each of [empty, app]) {
      const alive = await each.request('/healthz');
      expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }]);
    }
    const notReady = await empty.request('/readyz');
    expect(notReady.headers.get('retry-after')).toBe('1');
    expect(await problemIn(notReady)).toMatchObject({ status: 503, code: 'not-ready' });

    expect((await app.request('/readyz')).status).toBe(200);
    draining = true;
    expect(await problemIn(await app.request('/readyz'))).toMatchObject({ status: 503, code: 'not-ready' });
    expect((await app.request('/healthz')).status).toBe(200);
    expect((await app.request('/classify', image)).status).toBe(200);
  });
});

describe('GET /models', () => {
  it('lists the models, with what they are, and which is the default', async () => {
    const response = await createApp({ models, draining: () => true }).request('/models');
    const { description } = fakeModel('b');
    expect(await response.json()).toEqual({
      models: [
        { name: 'b', version: '2', default: true, description },
        { name: 'b', version: '1', default: false, description },
        { name: 'a', version: '1', default: false, description: { ...description, name: 'a' } },
      ],
    });
  });

  it('says how logits become an answer, and from where on one is of none of the classes', async () => {
    const app = createApp({ models: fakeModels(energeticModel([], -2)) });
    const { models } = modelsSchema.parse(await (await app.request('/models')).json());
    const expected = { temperature: 1.5, mirror: false, givesEnergy: true, energyThreshold: -2 };
    expect(models[0]?.description).toMatchObject(expected);
  });

  it('lists none where there are none', async () => {
    const response = await createApp({ models: fakeModels() }).request('/models');
    expect(await response.json()).toEqual({ models: [] });
  });
});

describe('GET /metrics', () => {
  /** Every sample, by its name and labels as they are written. */
  async function samples(app: ReturnType<typeof createApp>): Promise<Record<string, number>> {
    const response = await app.request('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  it('counts requests, problems and images, and times what is done to them', async () => {
    let call = 0;
    const model = fakeModel('m', '3', async () => {
      call += 1;
      if (call === 2) throw new RequestError('overloaded', 'Too many wait.');
      return { ...prediction([1, 0, 0]), milliseconds: { queue: 500, decode: 20, inference: 3 } };
    });
    const app = createApp({ models: fakeModels(model) });
    const before = await samples(app);
    expect(before['areograph_problems_total{code="overloaded"}']).toBe(0);

    const form = new FormData();
    for (const name of ['a', 'b', 'c']) form.append('f', new File(['an image'], name));
    expect((await app.request('/classify', { method: 'POST', body: form })).status).toBe(200);
    expect((await app.request('/classify?topK=x', image)).status).toBe(422);
    expect((await app.request('/classify/a.jpg', { ...image, method: 'PUT' })).status).toBe(200);
    expect((await app.request('/some/path')).status).toBe(404);

    expect(await samples(app)).toMatchObject({
      'areograph_http_requests_total{route="/classify",method="POST",status="200"}': 1,
      'areograph_http_requests_total{route="/classify",method="POST",status="422"}': 1,
      'areograph_http_requests_total{route="/classify/:file",method="PUT",status="200"}': 1,
      'areograph_http_requests_total{route="none",method="GET",status="404"}': 1,
      'areograph_http_request_duration_seconds_count{route="/classify",method="POST"}': 2,
      'areograph_problems_total{code="overloaded"}': 1,
      'areograph_problems_total{code="invalid-parameter"}': 1,
      'areograph_problems_total{code="not-found"}': 1,
      'areograph_images_total{model="m",version="3",outcome="classified"}': 3,
      'areograph_images_total{model="m",version="3",outcome="failed"}': 1,
      'areograph_queue_seconds_sum{model="m",version="3"}': 1.5,
      'areograph_queue_seconds_bucket{le="0.25",model="m",version="3"}': 0,
      'areograph_queue_seconds_bucket{le="0.5",model="m",version="3"}': 3,
      'areograph_decode_seconds_sum{model="m",version="3"}': expect.closeTo(0.06),
      'areograph_inference_seconds_sum{model="m",version="3"}': expect.closeTo(0.009),
      process_cpu_seconds_total: expect.any(Number),
    });
  });

  it('counts images that are unlike those of training, of models that can tell', async () => {
    const app = createApp({ models: fakeModels(energeticModel([-3, -1, 0], -2)) });
    const sample = 'areograph_out_of_distribution_total{model="fake",version="1"}';
    for (const expected of [0, 1, 2, 2]) {
      expect((await app.request('/classify', image)).status).toBe(200);
      expect((await samples(app))[sample]).toBe(expected);
    }
    const other = createApp({ models: fakeModels(energeticModel([-3])) });
    expect((await other.request('/classify', image)).status).toBe(200);
    expect(await samples(other)).not.toHaveProperty(sample);
  });

  it('has the lengths of queues as they are when asked, and the sizes of batches', async () => {
    const metrics = new Metrics();
    const app = createApp({ models, metrics });
    const [first, second] = [
      { name: 'a', version: '1' },
      { name: 'a', version: '2' },
    ];
    let queues = [
      { model: first, length: 3 },
      { model: second, length: 1 },
    ];
    metrics.watchQueues(() => queues);
    metrics.batch(first, 1);
    metrics.batch(first, 5);
    expect(await samples(app)).toMatchObject({
      'areograph_queue_length{model="a",version="1"}': 3,
      'areograph_queue_length{model="a",version="2"}': 1,
      'areograph_batch_size_sum{model="a",version="1"}': 6,
      'areograph_batch_size_bucket{le="4",model="a",version="1"}': 1,
      'areograph_batch_size_bucket{le="8",model="a",version="1"}': 2,
    });
    queues = [{ model: second, length: 0 }];
    const after = await samples(app);
    expect(after['areograph_queue_length{model="a",version="2"}']).toBe(0);
    expect(after).not.toHaveProperty('areograph_queue_length{model="a",version="1"}');
  });
});

describe('the log', () => {
  function logged(classify?: () => Promise<never>) {
    const lines: unknown[] = [];
    const logger = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
    const app = createApp({ models: fakeModels(fakeModel('fake', '1', classify)), logger });
    return { app, lines };
  }

  it('has one line for a request, with its id and the code of its problem', async () => {
    const { app, lines } = logged();
    await app.request('/classify?topK=1', { ...image, headers: { 'x-request-id': 'one' } });
    await app.request('/classify?topK=x', { ...image, headers: { 'x-request-id': 'two' } });
    const line = {
      level: 30,
      msg: 'request',
      method: 'POST',
      path: '/classify',
      milliseconds: expect.any(Number),
    };
    expect(lines).toEqual([
      { ...line, id: 'one', status: 200 },
      { ...line, id: 'two', status: 422, code: 'invalid-parameter' },
    ]);
  });

  it('has the stack of what is our fault, once, and not what is the client’s', async () => {
    const defect = logged(() => Promise.reject(new Error('secret')));
    await defect.app.request('/classify', { ...image, headers: { 'x-request-id': 'one' } });
    expect(defect.lines).toMatchObject([
      {
        level: 50,
        msg: 'internal',
        id: 'one',
        err: { message: 'secret', stack: expect.stringMatching(/\n +at /) },
      },
      { level: 30, msg: 'request', id: 'one', status: 500, code: 'internal' },
    ]);

    const problem = { code: 'image', where: 'w', expected: 'x', found: 'y', next: '' } as const;
    const damaged = logged(() => Promise.reject(new AreographError(problem)));
    await damaged.app.request('/classify', image);
    expect(damaged.lines).toMatchObject([{ level: 30, status: 422, code: 'damaged-image' }]);
  });
});

describe('what no route answers', () => {
  const app = createApp({ models });

  it.each([
    ['GET', '/clasify', 404, 'not-found', null],
    ['GET', '/classify', 405, 'method-not-allowed', 'POST, PUT, OPTIONS'],
    ['DELETE', '/models', 405, 'method-not-allowed', 'GET, HEAD, OPTIONS'],
    ['POST', '/healthz', 405, 'method-not-allowed', 'GET, HEAD, OPTIONS'],
  ] as const)('is refused: %s %s', async (method, path, status, code, allow) => {
    const response = await app.request(path, { method });
    expect(response.headers.get('allow')).toBe(allow);
    expect(await problemIn(response)).toMatchObject({ status, code });
  });

  it('names a path that is near', async () => {
    expect((await problemIn(await app.request('/clasify'))).detail).toMatch(/Did you mean \/classify\?$/);
    expect((await problemIn(await app.request('/quite/another'))).detail).toMatch(/GET \/docs/);
  });

  it('is a HEAD, which is answered as GET without a body, and OPTIONS with the methods', async () => {
    const head = await app.request('/models', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const options = await app.request('/classify', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, PUT, OPTIONS']);
    expect((await app.request('/no-such-path', { method: 'OPTIONS' })).status).toBe(404);
  });
});
