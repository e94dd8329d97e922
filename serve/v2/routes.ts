/** The Open Inference Protocol, version 2, over HTTP: what clients of KServe and Triton speak. */
import { type Context, Hono } from 'hono';
import type { ModelDescription, Prediction } from '../../runtime/classifier.ts';
import type { Job } from '../job.ts';
import type { Models, ServedModel } from '../models.ts';
import { naming, RequestError, requestError, statusOf } from '../problem.ts';
import { shorten } from '../shorten.ts';
import { version } from '../version.ts';
import { type InferLimits, parseInferRequest } from './request.ts';
import { encodeResponse } from './response.ts';
import {
  inputName,
  type ModelMetadata,
  type ModelReady,
  type OutputName,
  outputNames,
  type ServerMetadata,
} from './schemas.ts';

export interface V2Options extends InferLimits {
  readonly models: Models;
  /** Aborts at a request's deadline, or once its client is gone. */
  readonly signal: (c: Context) => AbortSignal;
  /** The body of a request, in a buffer of its own. */
  readonly readBody: (c: Context) => Promise<Uint8Array<ArrayBuffer>>;
}

const modelPaths = ['/models/:name', '/models/:name/versions/:version'];
const readyPaths = modelPaths.map((path) => `${path}/ready`);
const inferPaths = modelPaths.map((path) => `${path}/infer`);

/**
 * The protocol's routes, to be mounted at `/v2`.
 *
 * Errors are left to the app that this is mounted in, which answers with problem details and the protocol's `error` member.
 */
export function v2Routes({ models, signal, readBody, ...limits }: V2Options): Hono {
  const app = new Hono();

  app.get('/', (c) =>
    c.json({ name: 'areograph', version, extensions: ['binary_tensor_data'] } satisfies ServerMetadata),
  );
  app.get('/health/live', (c) => c.json({ live: true }));
  app.get('/health/ready', (c) => c.json({ ready: models.ready }, models.ready ? 200 : 503));

  app.on('GET', modelPaths, (c) => c.json(metadata(models, askedModel(c, models))));

  app.on('GET', readyPaths, (c) => {
    const name = c.req.param('name') ?? '';
    try {
      askedModel(c, models);
      return c.json({ name, ready: models.ready } satisfies ModelReady, models.ready ? 200 : 503);
    } catch (error) {
      const { code, message } = requestError(error);
      return c.json({ name, ready: false, error: message } satisfies ModelReady, statusOf[code]);
    }
  });

  app.on('POST', inferPaths, async (c) => {
    const model = askedModel(c, models);
    requirePlainBody(c.req.header('content-encoding'));
    const body = await readBody(c);
    const jsonLength = c.req.header('inference-header-content-length');
    const available = outputsOf(model.description);
    const { images, ...request } = parseInferRequest(body, jsonLength, available, limits);
    const predictions = await classifyAll(model, images, signal(c));
    const response = encodeResponse({ ...request, model, predictions });
    return c.body(response.body, 200, response.headers);
  });

  return app;
}

/** @throws RequestError 'model-not-found' or 'not-ready' */
function askedModel(c: Context, models: Models): ServedModel {
  return models.get(c.req.param('name'), c.req.param('version'));
}

function outputsOf({ givesEnergy }: ModelDescription): readonly OutputName[] {
  return outputNames.filter((name) => name !== 'energy' || givesEnergy);
}

function metadata(models: Models, { name, description }: ServedModel): ModelMetadata {
  const { classes, temperature, energyThreshold } = description;
  const shapes = { probabilities: [-1, classes.length], energy: [-1] };
  return {
    name,
    versions: models
      .list()
      .filter((model) => model.name === name)
      .map((model) => model.version),
    platform: 'onnxruntime_onnx',
    inputs: [{ name: inputName, datatype: 'UINT8', shape: [-1, -1, -1, 3] }],
    outputs: outputsOf(description).map((name) => ({ name, datatype: 'FP32', shape: shapes[name] })),
    parameters: {
      classes,
      temperature,
      ...(energyThreshold === undefined ? {} : { energy_threshold: energyThreshold }),
    },
  };
}

function requirePlainBody(encoding = 'identity'): void {
  if (encoding.trim().toLowerCase() === 'identity') return;
  throw new RequestError(
    'unsupported-encoding',
    `Expected a body without encoding, found '${shorten(encoding)}'.`,
  );
}

/** All of them or none: once one fails, those that still wait are dropped. */
async function classifyAll(
  model: ServedModel,
  images: readonly Job['image'][],
  signal: AbortSignal,
): Promise<Prediction[]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  try {
    return await Promise.all(
      images.map(async (image, i) => {
        try {
          return await model.classify({ image }, either);
        } catch (error) {
          // Whoever sent several images wants to know which one it is.
          throw naming(error, images.length === 1 ? undefined : `image ${i + 1} of ${images.length}`);
        }
      }),
    );
  } catch (error) {
    failure.abort(error);
    throw error;
  }
}
