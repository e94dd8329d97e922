/** Load on a server, and what comes of it. */
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ask, Client } from './client.ts';

export interface Load {
  /** Right answers. */
  readonly answers: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Right answers per second. */
  readonly throughput: number;
  /** From when a request was due to the end of its answer, in milliseconds. */
  readonly latency: Latency;
  /** How often each wrong answer came. */
  readonly wrong: Readonly<Record<string, number>>;
  /** Cores that this process was busy on meanwhile. */
  readonly clientCores: number;
}

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What is to be asked next; undefined once it is enough. */
export type Next = () => Ask | undefined;

/** Users who each send a request once the one before is answered. */
export function closedLoop(client: Client, next: Next, users: number): Promise<Load> {
  return measure(client, async (send) => {
    const use = async () => {
      for (let ask = next(); ask !== undefined; ask = next()) await send(ask, performance.now());
    };
    await Promise.all(Array.from({ length: users }, use));
  });
}

/**
 * Requests that come when they come, answered or not. Latency counts from when a request was due: a server that is stuck
 * does not hide how many it kept waiting ("coordinated omission", Tene, How NOT to Measure Latency, 2013).
 *
 * @param interval milliseconds from a request to the next, drawn anew for each
 */
export function openLoop(client: Client, next: Next, interval: () => number): Promise<Load> {
  return measure(client, async (send) => {
    const sent: Promise<void>[] = [];
    let due = performance.now();
    for (let ask = next(); ask !== undefined; ask = next()) {
      const early = due - performance.now();
      if (early > 0) await sleep(early);
      sent.push(send(ask, due));
      due += interval();
    }
    await Promise.all(sent);
  });
}

type Send = (ask: Ask, due: number) => Promise<void>;

async function measure(client: Client, drive: (send: Send) => Promise<void>): Promise<Load> {
  const microseconds = createHistogram();
  const wrong: Record<string, number> = {};
  const send: Send = async (ask, due) => {
    const found = await client.send(ask);
    if (found === undefined) microseconds.record(Math.max(1, Math.round((performance.now() - due) * 1000)));
    else wrong[found] = (wrong[found] ?? 0) + 1;
  };
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await drive(send);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const milliseconds = (percent: number) => microseconds.percentile(percent) / 1000;
  return {
    answers: microseconds.count,
    seconds,
    throughput: microseconds.count / seconds,
    latency: {
      p50: milliseconds(50),
      p95: milliseconds(95),
      p99: milliseconds(99),
      max: microseconds.max / 1000,
    },
    wrong,
    clientCores: (user + system) / 1e6 / seconds,
  };
}
