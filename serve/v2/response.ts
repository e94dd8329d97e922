/** The answer to a request for inference, from probabilities to bytes. */
import type { ServedModel } from '../models.ts';
import { type InferResponse, outputName } from './schemas.ts';

export interface Inferred {
  /** The request's. */
  readonly id?: string;
  readonly model: Pick<ServedModel, 'name' | 'version'>;
  /** Of each image float32 `[classes]`; one image at least. */
  readonly probabilities: readonly Float32Array[];
}

/** The answer with its tensor in the JSON. Float32 are written so that they read back as the same float32. */
export function jsonResponse(inferred: Inferred): InferResponse {
  return response(inferred, { data: inferred.probabilities.flatMap((row) => [...row]) });
}

export interface BinaryResponse {
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON, then the tensor: float32, little-endian, row-major. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The answer with its tensor after the JSON, and the headers that say so. */
export function binaryResponse(inferred: Inferred): BinaryResponse {
  const values = inferred.probabilities.flatMap((row) => [...row]);
  const size = values.length * Float32Array.BYTES_PER_ELEMENT;
  const json = new TextEncoder().encode(
    JSON.stringify(response(inferred, { parameters: { binary_data_size: size } })),
  );
  const body = new Uint8Array(json.length + size);
  body.set(json);
  const tensor = new DataView(body.buffer, json.length);
  values.forEach((value, i) => {
    tensor.setFloat32(i * Float32Array.BYTES_PER_ELEMENT, value, true);
  });
  return {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': String(json.length),
    },
    body,
  };
}

type OutputData = Pick<InferResponse['outputs'][0], 'data' | 'parameters'>;

function response({ id, model, probabilities }: Inferred, data: OutputData): InferResponse {
  return {
    ...(id === undefined ? {} : { id }),
    model_name: model.name,
    model_version: model.version,
    outputs: [
      {
        name: outputName,
        datatype: 'FP32',
        shape: [probabilities.length, probabilities[0]?.length ?? 0],
        ...data,
      },
    ],
  };
}
