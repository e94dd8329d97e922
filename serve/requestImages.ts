/** The images of a request, however they were sent. What the bytes are counts, not what they are said to be. */
import { z } from 'zod';
import { startsAsImage } from '../runtime/image.ts';
import { decodeBase64 } from './base64.ts';
import type { AppContext } from './env.ts';
import { parseJson } from './json.ts';
import { RequestError } from './problem.ts';
import { shorten } from './shorten.ts';

export interface RequestImage {
  /** The file's name, if it was sent with one. */
  readonly file?: string;
  /** The bytes of an image file. */
  readonly bytes: Uint8Array;
}

/**
 * The images of a body: every file of a multipart form, under whatever field name; those of JSON as in
 * {@link imagesSchema}; or else the body itself.
 *
 * Content types often say nothing: `curl --data-binary` claims a form's. What the bytes are is found out by decoding them.
 *
 * @throws RequestError 'unsupported-encoding', 'empty-body', 'malformed-form', 'no-file', 'malformed-json',
 *   'body-too-large' for JSON of more values than so many images have, 'invalid-request', 'damaged-image' or
 *   'too-many-images'
 */
export async function requestImages(c: AppContext, maxImages: number): Promise<RequestImage[]> {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new RequestError(
      'unsupported-encoding',
      `Expected a body without Content-Encoding, found '${shorten(encoding)}'. Image files are compressed as they are.`,
    );
  }
  const bytes = await c.get('readBody')();
  if (bytes.length === 0) {
    throw new RequestError(
      'empty-body',
      'Expected an image as the body, found no bytes. With curl: --data-binary @photo.jpg',
    );
  }
  const images = await readImages(bytes, c.req.header('content-type') ?? '', maxImages);
  if (images.length <= maxImages) return images;
  throw tooMany(`${maxImages} images`, images.length);
}

function tooMany(most: string, found: number): RequestError {
  return new RequestError(
    'too-many-images',
    `Expected at most ${most}, found ${found}. Send them in several requests.`,
  );
}

async function readImages(
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  maxImages: number,
): Promise<RequestImage[]> {
  if (startsAsJson(bytes)) return jsonImages(bytes, maxImages);
  if (/^\s*application\/x-www-form-urlencoded\b/i.test(type)) refuseStripped(bytes);
  if (startsAsImage(bytes)) return [{ bytes }];
  if (/^\s*multipart\/form-data\b/i.test(type)) return formImages(bytes, type, maxImages);
  if (/^\s*application\/([\w.-]+\+)?json\b/i.test(type)) return jsonImages(bytes, maxImages);
  return [{ bytes }];
}

/** Parts of a form beside its images: text, which is passed over. */
const maxFields = 1000;

async function formImages(
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  maxImages: number,
): Promise<RequestImage[]> {
  // Before they are parsed: 250,000 empty files in 16 MiB stop the thread that answers everyone for 10 s.
  const parts = countDelimiters(bytes);
  if (parts > maxImages + maxFields)
    throw tooMany(`${maxImages} images and ${maxFields} other fields`, parts);
  const form = await new Response(bytes, { headers: { 'content-type': type } })
    .formData()
    .catch((cause: unknown) => {
      throw new RequestError(
        'malformed-form',
        'Expected a complete multipart/form-data body, as its type says, found another. With curl: -F image=@photo.jpg',
        { cause },
      );
    });
  const files = [...form.values()].filter((value) => typeof value !== 'string');
  if (files.length > 0) {
    return Promise.all(
      files.map(async (file) => ({ file: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
  }
  const fields = [...new Set(form.keys())].join(', ');
  throw new RequestError(
    'no-file',
    `Expected at least one file in the form, found ${fields === '' ? 'no field' : `only text: ${shorten(fields)}`}. With curl: -F image=@photo.jpg`,
  );
}

/** How often a line break and two hyphens come, with which the delimiter of a part begins, whatever the boundary. */
function countDelimiters(bytes: Uint8Array<ArrayBuffer>): number {
  const buffer = Buffer.from(bytes.buffer);
  let count = 0;
  for (let at = buffer.indexOf('\r\n--'); at !== -1; at = buffer.indexOf('\r\n--', at + 4)) count += 1;
  return count;
}

/** The first byte that is not blank opens an object. */
function startsAsJson(bytes: Uint8Array): boolean {
  return /^(\xef\xbb\xbf)?[\t\n\r ]*\{/.test(Buffer.from(bytes.subarray(0, 1024)).toString('latin1'));
}

const imagesSchema = z.union([
  z.strictObject({ image: z.string() }),
  z.strictObject({ images: z.array(z.string()).min(1) }),
]);

function jsonImages(bytes: Uint8Array, maxImages: number): RequestImage[] {
  // An image has a comma before it, and as a data: URL another one and a colon.
  const parsed = imagesSchema.safeParse(parseJson(bytes, 'JSON', 1000 + 12 * maxImages));
  if (!parsed.success) {
    throw new RequestError(
      'invalid-request',
      'Expected {"image": BASE64} or {"images": [BASE64, ...]}, found other JSON.',
      { cause: parsed.error },
    );
  }
  const { data } = parsed;
  if ('image' in data) return [{ bytes: encodedImage(data.image, 'image') }];
  return data.images.map((image, i) => ({ bytes: encodedImage(image, `images[${i}]`) }));
}

/** Base64, with or without the prefix of a data: URL. */
function encodedImage(text: string, where: string): Uint8Array {
  if (/^\s*[a-z][a-z\d+.-]*:\/\//i.test(text)) {
    throw new RequestError(
      'invalid-request',
      `${where}: expected an image as base64, found a URL. Nothing is fetched for a request: send the image itself.`,
    );
  }
  const prefix = /^\s*data:[^,]{0,200};base64,/i.exec(text)?.[0] ?? '';
  const bytes = decodeBase64(text.slice(prefix.length));
  if (bytes !== undefined) return bytes;
  throw new RequestError('invalid-request', `${where}: expected an image as base64, found other text.`);
}

/** Shorter bodies are rather a word that someone typed. */
const shortestStripped = 256;

/**
 * `curl -d @photo.jpg` takes every NUL and line break out of the file. No image is without: the length of JPEG's frame
 * header begins with a NUL, PNG's signature ends in line breaks, and the others have numbers of four bytes.
 */
function refuseStripped(bytes: Uint8Array): void {
  if (bytes.length < shortestStripped || [0, 10, 13].some((byte) => bytes.includes(byte))) return;
  throw new RequestError(
    'damaged-image',
    'Expected an image, found bytes without any NUL or line break, which curl -d takes out. Use --data-binary.',
  );
}
