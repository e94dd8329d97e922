/** What a server can be told. */
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';
import type { Models } from './models.ts';

export interface AppOptions {
  readonly models: Models;
  /** Default: one of its own. */
  readonly metrics?: Metrics;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Whether the server is about to end: it still answers, but says that it is not ready. Default: never. */
  readonly draining?: () => boolean;
  /** Below this probability of the top class an answer abstains, 0 to 1. Default: {@link defaults}. */
  readonly threshold?: number;
  /** The largest body of a request, in bytes. */
  readonly maxBodyBytes?: number;
  /** The most images of a request. */
  readonly maxImages?: number;
  /** The largest image, in pixels; the models themselves hold encoded images to the same. */
  readonly maxPixels?: number;
  /** After this many milliseconds a request is answered, with a 'timeout' if need be. */
  readonly timeout?: number;
  /** One of these must come with each request, except for those about health and documentation, and for the demo's files. Default: none. */
  readonly apiKeys?: readonly string[];
  /** Origins whose pages may call the server, such as `https://example.org`, or `*`. Default: none. */
  readonly corsOrigins?: readonly string[];
  /** What one client, by API key or else by address, may ask for in a time. Default: no limit. */
  readonly rateLimit?: RateLimit;
  /** Folder of the built browser demo, whose files are then at `/`. Default: none, and `/` leads to `/docs`. */
  readonly demo?: string;
}

export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

export const defaults = {
  /** As NASA's image atlas has it. */
  threshold: 0.9,
  maxBodyBytes: 16 * 2 ** 20,
  maxImages: 64,
  timeout: 30_000,
} as const satisfies Partial<AppOptions>;
