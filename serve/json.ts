import { RequestError } from './problem.ts';

/**
 * A body as JSON.
 *
 * The time of `JSON.parse` grows with the values, and it stops the thread that answers everyone: 16 MiB of `{},` take 2 s,
 * a million of them 0.1 s; members of objects take ten times as long, so each counts for ten. Five images of 256 x 256
 * pixels as numbers have a million values; as base64, or as binary data, images have hardly any.
 *
 * @param expected what it is, as an error says it
 * @throws RequestError 'malformed-json', or 'body-too-large' for one of more than `maxValues`
 */
export function parseJson(bytes: Uint8Array, expected: string, maxValues: number): unknown {
  const values = countValues(bytes);
  if (values > maxValues) {
    throw new RequestError(
      'body-too-large',
      `Expected ${expected} of at most ${maxValues} values, found ${values}. Send images as files or binary data.`,
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'bytes that are no UTF-8';
    throw new RequestError('malformed-json', `Expected ${expected}, found a mistake: ${reason}.`, { cause });
  }
}

/** Commas and opening brackets, and ten for each colon. In strings too: it bounds from above. Base64 has none of them. */
function countValues(bytes: Uint8Array): number {
  let values = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    // , [ {
    if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values += 1;
    // :
    else if (byte === 0x3a) values += 10;
  }
  return values;
}
