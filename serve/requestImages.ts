import type { HonoRequest } from 'hono';
import { RequestError } from './problem.ts';

export interface RequestImage {
  /** The file's name, if it was sent in a form. */
  readonly file?: string;
  /** The bytes of an image file. */
  readonly bytes: ArrayBuffer;
}

/**
 * The images of a request: every file of a multipart form, under whatever field name, or else the body itself.
 *
 * Other content types are not looked at, because they often say nothing: `curl --data-binary` claims a form's. What
 * the bytes are is found out by decoding them.
 *
 * @throws RequestError 'empty-body', 'malformed-form', or 'no-file'
 */
export async function requestImages(request: HonoRequest): Promise<RequestImage[]> {
  const type = request.header('content-type') ?? '';
  if (/^multipart\/form-data\b/i.test(type)) return formImages(request);
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > 0) return [{ bytes }];
  throw new RequestError(
    'empty-body',
    'Expected an image as the body, found no bytes. With curl: --data-binary @photo.jpg',
  );
}

async function formImages(request: HonoRequest): Promise<RequestImage[]> {
  const form = await request.formData().catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RequestError('malformed-form', `Expected a multipart/form-data body: ${reason}`, { cause });
  });
  const files = [...form.values()].filter((value) => typeof value !== 'string');
  if (files.length > 0) {
    return Promise.all(files.map(async (file) => ({ file: file.name, bytes: await file.arrayBuffer() })));
  }
  const fields = [...new Set(form.keys())].join(', ');
  throw new RequestError(
    'no-file',
    `Expected at least one file in the form, found ${fields === '' ? 'no field' : `only text: ${fields}`}. With curl: -F image=@photo.jpg`,
  );
}
