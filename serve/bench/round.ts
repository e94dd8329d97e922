/** One turn of everything that `npm run bench:serve` measures. */
import { setTimeout as sleep } from 'node:timers/promises';
import { randomExponential } from 'd3-random';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { stream } from '../../export/random.ts';
import { type Ask, Client } from './client.ts';
import type { Limit, Limits } from './limit.ts';
import { closedLoop, type Load, type Next, openLoop } from './load.ts';
import { rotate } from './rotate.ts';

/** Users at once. */
export const connections = [1, 8, 64] as const;
const most = 64;

/** Milliseconds from one look at /healthz to the next. */
const healthInterval = 20;

export type ByConnections = Readonly<Record<(typeof connections)[number], Load>>;

export interface Round {
  readonly limits: Limits;
  readonly own: ByConnections;
  readonly plain: ByConnections;
  /** At half of the throughput that this server has with most connections. */
  readonly halfLoad: {
    /** Requests per second. */
    readonly rate: number;
    /** Requests that know nothing of each other: a Poisson process, whose gaps are exponentially distributed. */
    readonly poisson: Load;
    readonly even: Load;
  };
  /** /healthz while most connections are busy. */
  readonly health: { readonly own: Load; readonly plain: Load };
}

export interface Contenders {
  readonly limit: Limit;
  /** Addresses of the servers. */
  readonly own: string;
  readonly plain: string;
  readonly files: readonly Uint8Array[];
}

/** @param seed of the times at which requests come. */
export async function measureRound(
  { limit, own, plain, files }: Contenders,
  seconds: number,
  seed: number,
): Promise<Round> {
  const asks = rotate(files.map(classification));
  const images = () => during(seconds, asks);

  async function busy(url: string, users: number): Promise<Load> {
    return withClient(url, users, (client) => closedLoop(client, images(), users));
  }
  async function each(url: string): Promise<ByConnections> {
    return { 1: await busy(url, 1), 8: await busy(url, 8), 64: await busy(url, 64) };
  }
  function comingBy(interval: () => number): Promise<Load> {
    return withClient(own, undefined, (client) => openLoop(client, images(), interval));
  }
  async function healthOf(url: string): Promise<Load> {
    const looks = during(seconds, rotate([health]));
    const looking = withClient(url, undefined, (client) => openLoop(client, looks, () => healthInterval));
    return (await Promise.all([looking, busy(url, most)]))[0];
  }

  const limits = await limit.measure(seconds);
  const ownLoads = await each(own);
  const plainLoads = await each(plain);
  const rate = ownLoads[most].throughput / 2;
  const random = stream(seed, 'arrivals');
  const gap = randomExponential.source(() => uniformFloat64(random))(rate / 1000);
  return {
    limits,
    own: ownLoads,
    plain: plainLoads,
    halfLoad: { rate, poisson: await comingBy(gap), even: await comingBy(() => 1000 / rate) },
    health: { own: await healthOf(own), plain: await healthOf(plain) },
  };
}

const health: Ask = { method: 'GET', path: '/healthz', expected: 200 };

function classification(body: Uint8Array): Ask {
  return {
    method: 'POST',
    path: '/classify',
    headers: { 'content-type': 'image/jpeg' },
    body,
    expected: 200,
  };
}

/** The time counts from the first that is asked for. */
function during(seconds: number, asks: Iterator<Ask, never>): Next {
  let end: number | undefined;
  return () => {
    end ??= performance.now() + seconds * 1000;
    return performance.now() < end ? asks.next().value : undefined;
  };
}

async function withClient(
  url: string,
  users: number | undefined,
  load: (client: Client) => Promise<Load>,
): Promise<Load> {
  // What ran before may still have threads that spin.
  await sleep(200);
  const client = new Client(url, users);
  try {
    return await load(client);
  } finally {
    client.close();
  }
}
