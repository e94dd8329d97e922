/** What middleware leaves for routes, in the context of a request. */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { RequestIdVariables } from 'hono/request-id';
import type { RequestError } from './problem.ts';

export interface AppEnv {
  /** The connection; only requests that came over a socket have one. */
  readonly Bindings: Partial<HttpBindings>;
  readonly Variables: RequestIdVariables & {
    /** Aborts when the time for the request is over, or its client has gone; its reason is a RequestError. */
    readonly signal: AbortSignal;
    /** Reads the body, in a buffer of its own. @throws RequestError 'body-too-large' or 'overloaded' */
    readonly readBody: () => Promise<Uint8Array<ArrayBuffer>>;
    /** Counts and logs a problem of a part of the request; that of a whole request is found without. */
    readonly report: (error: RequestError) => void;
    /** Who asks, if an API key said so: a digest of it. */
    readonly client: string | undefined;
    /** What the metrics call the route, where its pattern would be one of many that are much the same. */
    readonly route: string | undefined;
  };
}

export type AppContext = Context<AppEnv>;
