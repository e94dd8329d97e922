/** Many requests on a server, while its memory is watched. */
import { modelsSchema } from '../routes/listModels.ts';
import type { ChildServer } from './childServer.ts';
import { Client } from './client.ts';
import { closedLoop, type Load } from './load.ts';
import { slope } from './slope.ts';
import { soakRequests } from './soakRequests.ts';

/** Memory of the server's process, in MB (10^6 bytes). */
export interface Memory {
  /** All that the process holds of the machine's. */
  readonly resident: number;
  /** JavaScript objects of the main thread. */
  readonly heap: number;
  /** Buffers of the main thread. */
  readonly external: number;
}

/** What it is called among the server's metrics. */
const metricOf: { readonly [K in keyof Memory]: string } = {
  resident: 'process_resident_memory_bytes',
  heap: 'nodejs_heap_size_used_bytes',
  external: 'nodejs_external_memory_bytes',
};

export interface Sample {
  /** Sent so far. */
  readonly requests: number;
  readonly seconds: number;
  readonly memory: Memory;
}

export interface Soak {
  readonly samples: readonly Sample[];
  /** Growth after the warm-up, in MB per 10,000 requests: least squares. */
  readonly growth: Memory;
  readonly load: Load;
}

export interface SoakOptions {
  readonly requests: number;
  readonly connections: number;
  /** Milliseconds between samples. */
  readonly interval: number;
  readonly seed: number;
}

/** Caches fill, and the heap finds its size, in this share of the requests. */
export const warmUp = 0.2;

/** @param server started with `--max-body` as soakRequests.ts has it */
export async function soak(
  { url }: Pick<ChildServer, 'url'>,
  files: readonly Uint8Array[],
  { requests, connections, interval, seed }: SoakOptions,
): Promise<Soak> {
  const asks = soakRequests(files, await modelName(url), seed);
  const started = performance.now();
  let sent = 0;
  const next = () => {
    if (sent === requests) return undefined;
    sent += 1;
    return asks.next().value;
  };
  const samples: Sample[] = [];
  const sample = async () => {
    const memory = await readMemory(url);
    samples.push({ requests: sent, seconds: (performance.now() - started) / 1000, memory });
  };

  const client = new Client(url, connections);
  // A server that is gone gives no samples; its missing answers tell.
  const timer = setInterval(() => sample().catch(() => undefined), interval);
  try {
    const load = await closedLoop(client, next, connections);
    return { samples, growth: growthOf(samples, requests * warmUp), load };
  } finally {
    clearInterval(timer);
    client.close();
  }
}

function growthOf(samples: readonly Sample[], from: number): Memory {
  const counted = samples.filter(({ requests }) => requests >= from);
  return ofEach((kind) =>
    slope(counted.map(({ requests, memory }) => ({ x: requests / 10_000, y: memory[kind] }))),
  );
}

async function readMemory(url: string): Promise<Memory> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return ofEach((kind) => Number(new RegExp(`^${metricOf[kind]} (\\S+)`, 'm').exec(text)?.[1]) / 1e6);
}

function ofEach(value: (kind: keyof Memory) => number): Memory {
  return { resident: value('resident'), heap: value('heap'), external: value('external') };
}

async function modelName(url: string): Promise<string> {
  const { models } = modelsSchema.parse(await (await fetch(`${url}/models`)).json());
  const [first] = models;
  if (first === undefined) throw new Error('a server without models');
  return first.name;
}
