/** A Hono app on a socket: opened with typed errors, closed without cutting anyone off. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { AreographError } from '../dsl/errors.ts';

export interface Listening {
  /** Where it can be reached, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** From now on each answer asks its client to close the connection: the next request opens one elsewhere. */
  drain(): void;
  /**
   * Takes no more connections, and resolves once every request in flight has been answered.
   *
   * @param grace milliseconds after which those that are left are cut off
   */
  close(grace: number): Promise<void>;
}

/** How long a client may take, in milliseconds: a slow one holds a connection and its memory. */
export interface Timeouts {
  /** To send the head of a request. */
  readonly headersTimeout?: number;
  /** To send all of a request. */
  readonly requestTimeout?: number;
  /** How often connections are looked at for the two. */
  readonly checkEvery?: number;
}

/** Longer than load balancers keep idle connections (60 s), or they would send on ones that have just been closed. */
const keepAliveTimeout = 65_000;

/** @throws AreographError 'option' if the address cannot be listened on, a port that is taken above all */
export async function listen(
  app: { readonly fetch: Parameters<typeof getRequestListener>[0] },
  port: number,
  host: string,
  { headersTimeout = 15_000, requestTimeout = 60_000, checkEvery = 5000 }: Timeouts = {},
): Promise<Listening> {
  const server = createServer(
    { requestTimeout, headersTimeout, keepAliveTimeout, connectionsCheckingInterval: checkEvery },
    getRequestListener(app.fetch),
  );
  let inFlight = 0;
  let draining = false;
  let closing: Promise<void> | undefined;
  // Before Hono's listener, which may answer at once.
  server.prependListener('request', (_request, response) => {
    inFlight += 1;
    if (draining) response.setHeader('Connection', 'close');
    response.on('close', () => {
      inFlight -= 1;
      endIdle();
    });
  });
  // Browsers and load balancers keep connections open on which they ask nothing: close() would wait for those.
  const endIdle = () => {
    if (closing !== undefined && inFlight === 0) server.closeAllConnections();
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, port, host)));
    server.listen(port, host, resolve);
  });

  const address = server.address();
  const actualPort = address !== null && typeof address === 'object' ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
    drain() {
      draining = true;
    },
    async close(grace) {
      draining = true;
      const cutOff = setTimeout(() => server.closeAllConnections(), grace);
      closing ??= new Promise((resolve) => server.close(() => resolve()));
      endIdle();
      await closing;
      clearTimeout(cutOff);
    },
  };
}

function cannotListen(error: Error, port: number, host: string): AreographError {
  const code = 'code' in error ? String(error.code) : error.message;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'one that another program listens on',
    EACCES: 'one that only an administrator may use',
    EADDRNOTAVAIL: 'an address that this machine does not have',
    ENOTFOUND: 'a host name that is not known',
  };
  return new AreographError(
    {
      code: 'option',
      where: `port ${port} of ${host}`,
      expected: 'a free port',
      found: reasons[code] ?? code,
      next: 'Choose another with --port or --host.',
    },
    { cause: error },
  );
}
