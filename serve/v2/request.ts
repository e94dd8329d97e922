/** A request for inference, from bytes to images. */
import type { z } from 'zod';
import { maxSide } from '../../runtime/image.ts';
import type { Job } from '../job.ts';
import { parseJson } from '../json.ts';
import { type ProblemCode, RequestError } from '../problem.ts';
import {
  type FilesInput,
  type Input,
  inferRequestSchema,
  type OutputName,
  type PixelsInput,
} from './schemas.ts';

export interface InferLimits {
  /** Images of one request. */
  readonly maxImages: number;
  /** Pixels of one image. */
  readonly maxPixels: number;
}

export interface RequestedOutput {
  readonly name: OutputName;
  /** Whether it is to come back as binary data, and not in the JSON. */
  readonly binary: boolean;
}

export interface InferRequest {
  readonly id?: string;
  /** Each in a buffer of its own: a view of the body would take all of it along to a worker. */
  readonly images: readonly Job['image'][];
  /** One at least. */
  readonly outputs: readonly RequestedOutput[];
}

/**
 * Reads the body of a request for inference: JSON, or JSON and then the binary data of its tensor, or, where the length
 * of the JSON is given as 0, the bytes of one image file and nothing else (Triton's raw binary request).
 *
 * @param body fills its buffer, which is handed over
 * @param jsonLength the header Inference-Header-Content-Length. Without it, all of the body is JSON.
 * @param available the model's outputs: all of them are asked for where the request names none
 * @throws RequestError 'empty-body', 'malformed-json', 'invalid-request', 'too-many-images' or 'too-many-pixels'
 */
export function parseInferRequest(
  body: Uint8Array,
  jsonLength: string | undefined,
  available: readonly OutputName[],
  limits: InferLimits,
): InferRequest {
  if (body.length === 0) refuse('an inference request, or an image file', 'no bytes', 'empty-body');
  const end = jsonEnd(jsonLength, body.length);
  if (end === 0) return { images: [body], outputs: available.map((name) => ({ name, binary: true })) };

  const parsed = inferRequestSchema.safeParse(parseJson(body.subarray(0, end), expected, maxValues), {
    reportInput: true,
  });
  if (!parsed.success) throw invalid(parsed.error);
  const { id, inputs } = parsed.data;
  const [input] = inputs;
  const binaryData = body.subarray(end);
  return {
    ...(typeof id === 'string' ? { id } : {}),
    images:
      input.datatype === 'UINT8'
        ? pixelImages(input, binaryData, limits)
        : fileImages(input, binaryData, limits),
    outputs: requestedOutputs(parsed.data, available),
  };
}

function requestedOutputs(
  { outputs, parameters }: z.output<typeof inferRequestSchema>,
  available: readonly OutputName[],
): RequestedOutput[] {
  const usual = parameters?.binary_data_output ?? false;
  const named = outputs?.flatMap((output) => output ?? []) ?? [];
  if (named.length === 0) return available.map((name) => ({ name, binary: usual }));
  return named.map(({ name, parameters }) => {
    if (!available.includes(name)) {
      refuse(`outputs out of those of the model (${available.join(', ')})`, describe(name));
    }
    return { name, binary: parameters?.binary_data ?? usual };
  });
}

function jsonEnd(jsonLength: string | undefined, bodyLength: number): number {
  if (jsonLength === undefined) return bodyLength;
  const end = /^\d{1,15}$/.test(jsonLength) ? Number(jsonLength) : Number.NaN;
  if (end <= bodyLength) return end;
  refuse(
    `an Inference-Header-Content-Length of at most the body's ${bodyLength} bytes`,
    describe(jsonLength),
  );
}

/** Five images of 256 x 256 pixels as numbers. */
const maxValues = 1_000_000;

/** A client that forgets the header has JSON with bytes behind it. */
const expected =
  'an inference request as JSON (the length of JSON before binary data belongs in Inference-Header-Content-Length)';

/** What the first thing is that is not as it should be. */
function invalid(error: z.ZodError): RequestError {
  const [issue] = error.issues;
  const where = issue?.path.length ? issue.path.join('.') : 'the request';
  const detail = `In ${where}: ${issue?.message}, found ${describe(issue?.input)}.`;
  return new RequestError('invalid-request', detail, { cause: error });
}

function pixelImages(
  input: PixelsInput,
  binaryData: Uint8Array,
  { maxImages, maxPixels }: InferLimits,
): Job['image'][] {
  const [images, height, width, channels] = input.shape;
  requireAtMost(maxImages, images);
  // Rounded once it exceeds 2^53, and far beyond the limit by then.
  if (height * width > maxPixels || Math.max(height, width) > maxSide) {
    const found = `${height} x ${width}. Make it smaller: the network looks at a few thousand pixels only`;
    refuse(`images of at most ${maxPixels} pixels, and ${maxSide} on a side`, found, 'too-many-pixels');
  }
  const imageSize = height * width * channels;
  const size = images * imageSize;
  const data = tensorData(input, binaryData);
  const pixels = data instanceof Uint8Array ? data : jsonPixels(data.json, input.shape, size);
  if (pixels.length !== size) {
    refuse(`${size} bytes for the shape [${input.shape}]`, `a binary_data_size of ${pixels.length}`);
  }
  return Array.from({ length: images }, (_, i) => ({
    height,
    width,
    data: pixels.slice(i * imageSize, (i + 1) * imageSize),
  }));
}

function fileImages(input: FilesInput, binaryData: Uint8Array, { maxImages }: InferLimits): Job['image'][] {
  const [images] = input.shape;
  requireAtMost(maxImages, images);
  const data = tensorData(input, binaryData);
  if (data instanceof Uint8Array) return lengthPrefixed(data, images);
  return requireArray(data.json, images, 'files in base64').map(decodeBase64);
}

function requireAtMost(maxImages: number, images: number): void {
  if (images > maxImages) refuse(`at most ${maxImages} images`, String(images), 'too-many-images');
}

/** Where the elements of a tensor are: in the JSON or after it, and in one of the two only. */
function tensorData(
  { parameters, data }: Input,
  binaryData: Uint8Array,
): Uint8Array | { readonly json: unknown } {
  const size = parameters?.binary_data_size;
  const where = 'the input in data, or after the JSON with parameters.binary_data_size';
  if (data !== undefined && size !== undefined) refuse(where, 'both');
  if (data === undefined && size === undefined) refuse(where, 'neither');
  if (binaryData.length !== (size ?? 0)) {
    refuse(
      `${size ?? 0} bytes after the JSON, as parameters.binary_data_size says`,
      String(binaryData.length),
    );
  }
  return data === undefined ? binaryData : { json: data };
}

/** @param size the product of `shape` */
function jsonPixels(data: unknown, shape: readonly number[], size: number): Uint8Array {
  const rows: (readonly unknown[])[] = [];
  const nested = Array.isArray(data) && Array.isArray(data[0]);
  collectRows(data, nested ? shape : [size], rows);
  // Not before the numbers have been found to be there: anyone can claim a large shape.
  const pixels = new Uint8Array(size);
  let place = 0;
  for (const row of rows) {
    for (const value of row) {
      if (typeof value !== 'number' || !(value >= 0 && value <= 255) || !Number.isInteger(value)) {
        refuse('whole numbers of 0 to 255', `${describe(value)} at place ${place} of data`);
      }
      pixels[place] = value;
      place += 1;
    }
  }
  return pixels;
}

/** The innermost arrays of nested ones of this shape. */
function collectRows(data: unknown, shape: readonly number[], rows: (readonly unknown[])[]): void {
  const [length = 0, ...inner] = shape;
  const elements = requireArray(data, length, inner.length === 0 ? 'numbers' : 'arrays');
  if (inner.length === 0) rows.push(elements);
  else for (const element of elements) collectRows(element, inner, rows);
}

function requireArray(data: unknown, length: number, of: string): readonly unknown[] {
  if (Array.isArray(data) && data.length === length) return data;
  refuse(`an array of ${length} ${of} in data, as the shape says`, describe(data));
}

/** Canonical base64 only: what Node would skip over is no part of an image. */
function decodeBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string') refuse('files in base64', describe(text));
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) refuse('files in base64', describe(text));
  // Small ones lie in a pool that Node shares out.
  return new Uint8Array(bytes);
}

/** Elements of BYTES as binary data: each after its length, a little-endian uint32. */
function lengthPrefixed(data: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const elements: Uint8Array[] = [];
  let place = 0;
  for (let i = 0; i < count; i++) {
    const start = place + 4;
    const end = start <= data.length ? start + view.getUint32(place, true) : Number.POSITIVE_INFINITY;
    if (end > data.length) refuse(`${count} files, each after its length`, `only ${i} whole ones`);
    elements.push(data.slice(start, end));
    place = end;
  }
  if (place < data.length) refuse(`${count} files and no more`, `${data.length - place} bytes after them`);
  return elements;
}

/** A value as a message can show it, however long it is. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  return value === undefined ? 'nothing' : String(value);
}

function refuse(expected: string, found: string, code: ProblemCode = 'invalid-request'): never {
  throw new RequestError(code, `Expected ${expected}, found ${found}.`);
}
