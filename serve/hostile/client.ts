/** A client that can send what a well-behaved one would not, and answers for nothing. */
import { once } from 'node:events';
import { Agent, request as open } from 'node:http';
import { createConnection } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface HttpRequest {
  /** Default: POST. */
  readonly method?: string;
  /** Sent as it is: `..` stays. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes have their length declared; pieces are sent one by one, chunked. */
  readonly body?: Uint8Array | readonly Uint8Array[];
}

/** Bytes that are sent as they are, whether or not they are a request. */
export interface RawRequest {
  readonly raw: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** How long an answer may take, in milliseconds: a server that hangs on an input fails, and not the whole run. */
const patience = 30_000;

/** Sends one request, over a connection of its own. */
export function send(url: string, request: HttpRequest | RawRequest): Promise<HttpAnswer> {
  return 'raw' in request ? sendRaw(url, request) : sendRequest(url, request);
}

async function sendRequest(
  url: string,
  { method = 'POST', path, headers = {}, body = Buffer.alloc(0) }: HttpRequest,
): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url);
  // As most clients do, it offers to keep the connection: one that is to be closed may be gone before the answer is read.
  const agent = new Agent({ keepAlive: true });
  try {
    const request = open({ hostname, port, method, path, headers, agent, timeout: patience });
    request.on('timeout', () => request.destroy(new Error(`no answer in ${patience} ms`)));
    const answered = once(request, 'response');
    // Once the server has answered, it may refuse what is left of the body.
    request.on('error', () => undefined);
    if (body instanceof Uint8Array) request.end(body);
    else {
      for (const piece of body) request.write(piece);
      request.end();
    }
    const [response] = await answered;
    return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
  } finally {
    agent.destroy();
  }
}

/** The answer is all that comes until the server closes the connection; its first head is taken off. */
async function sendRaw(url: string, { raw }: RawRequest): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  socket.setTimeout(patience, () => socket.destroy(new Error(`no end of the connection in ${patience} ms`)));
  socket.write(raw);
  const bytes = await buffer(socket);
  const [head = '', status] = /^HTTP\/1\.1 (\d{3}) .*?\r\n\r\n/s.exec(bytes.toString('latin1')) ?? [];
  return { status: Number(status), headers: {}, body: bytes.subarray(head.length) };
}
