/** A Hono app on a socket: opened with typed errors, closed without cutting anyone off. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { AreographError } from '../dsl/errors.ts';

export interface Listening {
  /** Where it can be reached, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no more connections, and resolves once every request in flight has been answered. */
  close(): Promise<void>;
}

/** @throws AreographError 'option' if the address cannot be listened on, a port that is taken above all */
export async function listen(app: Hono, port: number, host: string): Promise<Listening> {
  const server = createServer(getRequestListener(app.fetch));
  let inFlight = 0;
  let closing = false;
  server.on('request', (_request, response) => {
    inFlight += 1;
    response.on('close', () => {
      inFlight -= 1;
      endIdle();
    });
  });
  // Browsers and load balancers keep connections open on which they ask nothing: close() would wait for those.
  const endIdle = () => {
    if (closing && inFlight === 0) server.closeAllConnections();
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, port, host)));
    server.listen(port, host, resolve);
  });

  const address = server.address();
  const actualPort = address !== null && typeof address === 'object' ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
    close: () =>
      new Promise((resolve) => {
        closing = true;
        server.close(() => resolve());
        endIdle();
      }),
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
