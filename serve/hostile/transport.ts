/** What is wrong with a request before it is about images: its length, its encoding, its very shape. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { RawRequest } from './client.ts';
import { parserRefusal, problem } from './expectations.ts';
import type { Input, Kind } from './kind.ts';
import { encoded } from './picture.ts';

const megabyte = Buffer.alloc(2 ** 20, 'x');

/** @param maxBytes the server's limit */
function* oversize(maxBytes: number): Generator<Input> {
  const large = Buffer.concat([encoded.png, Buffer.alloc(maxBytes)]);
  const pieces = Array<Buffer>(Math.ceil(maxBytes / megabyte.length) + 1).fill(megabyte);
  const form = { 'content-type': 'multipart/form-data; boundary=b' };
  const json = { 'content-type': 'application/json' };
  for (const path of ['/classify', '/invocations', '/v2/models/tiny/infer']) {
    yield { name: `${path}, with its length`, request: { path, body: large } };
    yield { name: `${path}, in pieces`, request: { path, body: pieces } };
    yield { name: `${path}, in pieces, called JSON`, request: { path, body: pieces, headers: json } };
  }
  yield { name: 'a form', request: { path: '/classify', body: large, headers: form } };
  yield { name: 'a form in pieces', request: { path: '/classify', body: pieces, headers: form } };
  yield { name: 'one byte too many', request: { path: '/classify', body: Buffer.alloc(maxBytes + 1) } };
  yield {
    name: 'a length of 10 TB, and no body',
    request: { path: '/classify', headers: { 'content-length': String(1e13) } },
  };
}

/** 100 MB of zeros, in a tenth of a megabyte and less. */
const zeros = Buffer.alloc(100e6);
const bombs = [
  ['gzip', gzipSync(zeros)],
  ['x-gzip', gzipSync(encoded.png)],
  ['GZIP', gzipSync(encoded.png)],
  ['deflate', deflateSync(zeros)],
  ['br', brotliCompressSync(encoded.png)],
  ['zstd', encoded.png],
  ['gzip, gzip', gzipSync(gzipSync(zeros))],
  ['identity, gzip', gzipSync(encoded.png)],
  ['nonsense'.repeat(1000), encoded.png],
  ['*', encoded.png],
] as const;

function* encodings(): Generator<Input> {
  for (const [encoding, body] of bombs) {
    for (const path of ['/classify', '/v2/models/tiny/infer']) {
      yield {
        name: `${encoding.slice(0, 20)}, ${path}`,
        request: { path, headers: { 'content-encoding': encoding }, body },
      };
    }
  }
}

/** A request as text, line by line, with a body of `hello`. */
function raw(line: string, ...headers: readonly string[]): RawRequest {
  return { raw: Buffer.from(`${[line, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\nhello`, 'latin1') };
}

const post = 'POST /classify HTTP/1.1';
const chunked = 'Transfer-Encoding: chunked';
/** What could be read in two ways by a proxy and by this server, and other bytes that are no HTTP. */
const shapes: Readonly<Record<string, RawRequest>> = {
  'two lengths': raw(post, 'Content-Length: 5', 'Content-Length: 6'),
  'the same length twice': raw(post, 'Content-Length: 5', 'Content-Length: 5'),
  'two lengths in one': raw(post, 'Content-Length: 5, 6'),
  'a length and chunks': raw(post, 'Content-Length: 5', chunked),
  'chunks and a length': raw(post, chunked, 'Content-Length: 5'),
  'another encoding after chunks': raw(post, 'Transfer-Encoding: chunked, identity'),
  'an unknown encoding': raw(post, 'Transfer-Encoding: xchunked'),
  'a negative length': raw(post, 'Content-Length: -5'),
  'a length with a sign': raw(post, 'Content-Length: +5'),
  'a length beyond 2^64': raw(post, 'Content-Length: 99999999999999999999999'),
  'a space before the colon': raw(post, 'Content-Length : 5'),
  'a line break in a value': raw(post, 'X: a\nContent-Length: 5'),
  'a carriage return in a value': raw(post, 'X: a\rContent-Length: 5'),
  'a NUL in a value': raw(post, 'X: a\0b'),
  'a folded line': raw(post, 'Transfer-Encoding:', ' chunked', 'Content-Length: 5'),
  'a chunk of no number': {
    raw: Buffer.concat([raw(post, chunked).raw.subarray(0, -5), Buffer.from('zz\r\nhello\r\n0\r\n\r\n')]),
  },
  'a chunk of 2^70 bytes': {
    raw: Buffer.concat([raw(post, chunked).raw.subarray(0, -5), Buffer.from('fffffffffffffffff\r\nhello')]),
  },
  'another version of HTTP': raw('POST /classify HTTP/9.9'),
  'HTTP/2': { raw: Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') },
  TLS: { raw: Buffer.from('16030100c8010000c40303', 'hex') },
};

const otherShapes: Readonly<Record<string, RawRequest>> = {
  'no host': { raw: Buffer.from('GET /healthz HTTP/1.1\r\n\r\n') },
  'a host that is none': {
    raw: Buffer.from('GET /healthz HTTP/1.1\r\nHost: a b/c?d#e@\r\nConnection: close\r\n\r\n'),
  },
  'an unknown method': raw('FETCH /classify HTTP/1.1'),
  'no method': raw(' /classify HTTP/1.1'),
  'a space in the address': raw('POST /class ify HTTP/1.1'),
  'a NUL in the address': raw('POST /classify\0 HTTP/1.1'),
  'no version': { raw: Buffer.from('GET /healthz\r\n\r\n') },
  'an image alone': { raw: encoded.png },
};

function* raws(table: Readonly<Record<string, RawRequest>>): Generator<Input> {
  for (const [name, request] of Object.entries(table)) yield { name, request };
}

function* overlong(): Generator<Input> {
  const path = '/classify';
  yield { name: 'one header', request: { path, headers: { 'x-long': 'a'.repeat(20_000) } } };
  yield { name: 'the type', request: { path, headers: { 'content-type': `image/${'a'.repeat(20_000)}` } } };
  yield { name: '10,000 headers', request: raw(post, ...Array<string>(10_000).fill('X: a')) };
  yield { name: 'the address', request: { path: `/classify?model=${'a'.repeat(20_000)}` } };
}

export function transportKinds(maxBytes: number): readonly Kind[] {
  return [
    { name: 'bodies beyond the limit', inputs: oversize(maxBytes), expect: problem('body-too-large') },
    { name: 'encoded bodies', inputs: encodings(), expect: problem('unsupported-encoding') },
    { name: 'requests that can be read in two ways', inputs: raws(shapes), expect: parserRefusal(400) },
    { name: 'bytes that are no request', inputs: raws(otherShapes), expect: parserRefusal(400) },
    { name: 'headers and addresses beyond 16 KiB', inputs: overlong(), expect: parserRefusal(431) },
  ];
}
