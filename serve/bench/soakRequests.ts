/** What a server is asked in a soak: every way to send an image, and now and then what it has to refuse. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { stream } from '../../export/random.ts';
import type { Ask } from './client.ts';

interface Kind {
  /** Of 100 requests. */
  readonly share: number;
  /** With an image file in it, whole or not. */
  readonly ask: (file: Uint8Array, model: string) => Ask;
}

/** The server is to be started with `--max-body` of this many MiB, so that what is too large stays small. */
export const maxBody = 1;

const boundary = 'areograph-soak';
const formType = { 'content-type': `multipart/form-data; boundary=${boundary}` };
const jsonType = { 'content-type': 'application/json' };
const tooLarge = new Uint8Array(maxBody * 2 ** 20 + 1);

const kinds: Readonly<Record<string, Kind>> = {
  raw: { share: 40, ask: (file) => classify(200, file, { 'content-type': 'image/jpeg' }) },
  form: { share: 20, ask: (file) => classify(200, form(file), formType) },
  json: { share: 15, ask: (file) => classify(200, json(file), jsonType) },
  inferenceProtocol: { share: 15, ask: infer },
  explained: { share: 5, ask: (file) => ({ ...classify(200, file), path: '/classify?explain=true' }) },
  truncated: { share: 1, ask: (file) => classify(422, file.subarray(0, file.length / 2)) },
  text: { share: 1, ask: () => classify(415, Buffer.from('a photo of a rock')) },
  tooLarge: { share: 1, ask: () => classify(413, tooLarge) },
  brokenForm: { share: 1, ask: (file) => classify(400, form(file).subarray(0, -10), formType) },
  brokenJson: { share: 1, ask: (file) => classify(400, json(file).subarray(0, -2), jsonType) },
};

/** Requests without end, of images and kinds in random order: the same for the same seed. */
export function* soakRequests(
  files: readonly Uint8Array[],
  model: string,
  seed: number,
): Generator<Ask, never> {
  const random = stream(seed, 'soak');
  const hundred = Object.values(kinds).flatMap(({ share, ask }) => Array.from({ length: share }, () => ask));
  for (;;) yield pick(hundred)(pick(files), model);

  function pick<T>(values: readonly T[]): T {
    const value = values[uniformInt(random, 0, values.length - 1)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }
}

function classify(expected: number, body: Uint8Array, headers: Ask['headers'] & object = {}): Ask {
  return { method: 'POST', path: '/classify', headers, body, expected };
}

function form(file: Uint8Array): Uint8Array {
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

function json(file: Uint8Array): Uint8Array {
  return Buffer.from(JSON.stringify({ image: Buffer.from(file).toString('base64') }));
}

/** JSON, and after it the file as an element of BYTES: its length as a little-endian uint32, and itself. */
function infer(file: Uint8Array, model: string): Ask {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(file.length);
  const head = JSON.stringify({
    inputs: [
      {
        name: 'image',
        datatype: 'BYTES',
        shape: [1],
        parameters: { binary_data_size: length.length + file.length },
      },
    ],
  });
  return {
    method: 'POST',
    path: `/v2/models/${encodeURIComponent(model)}/infer`,
    headers: { 'inference-header-content-length': Buffer.byteLength(head) },
    body: Buffer.concat([Buffer.from(head), length, file]),
    expected: 200,
  };
}
