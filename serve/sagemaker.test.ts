import { describe, expect, it } from 'vitest';
import { sageMakerRoutes } from './sagemaker.ts';

describe('the SageMaker contract', () => {
  const app = sageMakerRoutes({
    models: { ready: true },
    classify: async (c) => c.json({ type: c.req.header('content-type'), body: await c.req.text() }, 415),
  });

  it('answers a ping with 200 when ready, and with 503 else', async () => {
    expect((await app.request('/ping')).status).toBe(200);
    const empty = sageMakerRoutes({ models: { ready: false }, classify: async (c) => c.text('') });
    expect((await empty.request('/ping')).status).toBe(503);
  });

  it('hands an invocation over as it is, and gives back the answer', async () => {
    const headers = { 'content-type': 'image/jpeg' };
    const response = await app.request('/invocations', { method: 'POST', body: 'pixels', headers });
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({ type: 'image/jpeg', body: 'pixels' });
  });
});
