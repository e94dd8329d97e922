/** The answer to a request for inference, from predictions to bytes. */
import type { Prediction } from '../../runtime/classifier.ts';
import type { ServedModel } from '../models.ts';
import type { RequestedOutput } from './request.ts';
import type { InferResponse, OutputName } from './schemas.ts';

export interface Inferred {
  /** The request's. */
  readonly id?: string;
  readonly model: Pick<ServedModel, 'name' | 'version'>;
  /** Of each image; one image at least. */
  readonly predictions: readonly Prediction[];
  /** One at least. */
  readonly outputs: readonly RequestedOutput[];
}

export interface EncodedResponse {
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or JSON and then the tensors that are asked for in binary: float32, little-endian, row-major. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** In the JSON float32 are written so that they read back as the same float32. */
export function encodeResponse({ id, model, predictions, outputs }: Inferred): EncodedResponse {
  const tensors = outputs.map((output) => ({ ...output, ...tensorOf[output.name](predictions) }));
  const response: InferResponse = {
    ...(id === undefined ? {} : { id }),
    model_name: model.name,
    model_version: model.version,
    outputs: tensors.map(({ name, shape, values, binary }) => ({
      name,
      datatype: 'FP32',
      shape,
      ...(binary
        ? { parameters: { binary_data_size: values.length * Float32Array.BYTES_PER_ELEMENT } }
        : { data: values }),
    })),
  };
  const json = new TextEncoder().encode(JSON.stringify(response));
  if (!tensors.some(({ binary }) => binary)) {
    return { headers: { 'Content-Type': 'application/json' }, body: json };
  }
  return {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': String(json.length),
    },
    body: followedBy(
      json,
      tensors.flatMap(({ values, binary }) => (binary ? values : [])),
    ),
  };
}

interface Tensor {
  readonly shape: number[];
  /** Row-major. */
  readonly values: number[];
}

const tensorOf: { readonly [N in OutputName]: (predictions: readonly Prediction[]) => Tensor } = {
  probabilities: (predictions) => ({
    shape: [predictions.length, predictions[0]?.probabilities.length ?? 0],
    values: predictions.flatMap(({ probabilities }) => [...probabilities]),
  }),
  energy: (predictions) => ({
    shape: [predictions.length],
    values: predictions.map(({ energy }) => {
      if (energy === undefined) throw new Error('a model that gives energies gave none');
      return energy;
    }),
  }),
};

function followedBy(json: Uint8Array, values: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(json.length + values.length * Float32Array.BYTES_PER_ELEMENT);
  body.set(json);
  const data = new DataView(body.buffer, json.length);
  for (const [i, value] of values.entries()) data.setFloat32(i * Float32Array.BYTES_PER_ELEMENT, value, true);
  return body;
}
