/** An HTTP client for benches: cheap, since it shares the machine with the server, and on connections that it keeps. */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

/** A request, and what is to come of it. */
export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
  /** The status of the right answer. */
  readonly expected: number;
}

export class Client {
  readonly #url: string;
  readonly #agent: Agent;

  /** @param connections most that are open at once; further requests wait for one. */
  constructor(url: string, connections = Number.POSITIVE_INFINITY) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Resolves, once the whole answer has come, with what is wrong with it, or undefined for the right one. Never rejects. */
  send({ method, path, headers, body, expected }: Ask): Promise<string | undefined> {
    return new Promise((resolve) => {
      const length = body === undefined ? {} : { 'content-length': body.byteLength };
      const sent = request(
        `${this.#url}${path}`,
        { method, agent: this.#agent, headers: { ...headers, ...length } },
        (answer) => {
          const found = answer.statusCode;
          answer.on('end', () => resolve(found === expected ? undefined : `${found} for ${expected}`));
          answer.on('error', (error) => resolve(error.message));
          answer.resume();
        },
      );
      sent.on('error', (error) => resolve(error.message));
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
