import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Ask, Client } from './client.ts';
import { closedLoop, openLoop } from './load.ts';
import { rotate } from './rotate.ts';

const ask: Ask = { method: 'POST', path: '/', body: Uint8Array.of(1, 2, 3), expected: 200 };

async function clientOf(listener: RequestListener, connections?: number) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const client = new Client(`http://127.0.0.1:${port}`, connections);
  onTestFinished(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  return client;
}

function times(count: number, asks: Iterator<Ask, never>) {
  let left = count;
  return () => {
    left -= 1;
    return left < 0 ? undefined : asks.next().value;
  };
}

describe('a closed loop', () => {
  it('has as many requests under way as users, and sends each body whole', async () => {
    let underWay = 0;
    const seen: number[] = [];
    const bodies: string[] = [];
    const client = await clientOf(async (request, response) => {
      underWay += 1;
      seen.push(underWay);
      bodies.push((await buffer(request)).toString());
      await sleep(20);
      underWay -= 1;
      response.end('x'.repeat(100_000));
    }, 4);
    const asks = rotate(['a', 'bc'].map((text) => ({ ...ask, body: Buffer.from(text) })));
    const load = await closedLoop(client, times(40, asks), 4);
    expect(load.answers).toBe(40);
    expect(load.wrong).toEqual({});
    expect(Math.max(...seen)).toBe(4);
    expect(bodies.filter((body) => body === 'a')).toHaveLength(20);
    expect(bodies.filter((body) => body === 'bc')).toHaveLength(20);
    // 10 turns of at least 20 ms; timers may fire up to 1 ms early.
    expect(load.seconds).toBeGreaterThan(0.19);
    expect(load.throughput).toBeCloseTo(40 / load.seconds, 9);
    expect(load.latency.p50).toBeGreaterThan(19);
  });

  it('counts wrong answers apart, by what they were', async () => {
    let count = 0;
    const client = await clientOf((request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else response.writeHead(count === 2 ? 503 : 200).end();
    });
    const load = await closedLoop(client, times(4, rotate([ask])), 1);
    expect(load.answers).toBe(2);
    expect(load.wrong).toEqual({ 'socket hang up': 1, '503 for 200': 1 });
  });
});

describe('an open loop', () => {
  it('does not wait for a server that is stuck, and counts what each request waited', async () => {
    let stuck: Promise<void> | undefined;
    const client = await clientOf(async (_request, response) => {
      stuck ??= sleep(300);
      await stuck;
      response.end();
    });
    const load = await openLoop(client, times(20, rotate([ask])), () => 10);
    expect(load.answers).toBe(20);
    // Due at 0, 10, ..., 190 ms and answered at 300 or later: half of them waited 200 ms or more.
    expect(load.latency.max).toBeGreaterThan(290);
    expect(load.latency.p50).toBeGreaterThan(190);
  });

  it('counts from when a request was due, also if this process is late', async () => {
    const client = await clientOf((_request, response) => response.end());
    const blocked = times(2, rotate([ask]));
    let first = true;
    const load = await openLoop(client, blocked, () => {
      if (!first) return 1;
      first = false;
      for (const end = performance.now() + 100; performance.now() < end; );
      return 1;
    });
    // Both were held up by this process, the second one before it was sent.
    expect(load.latency.p50).toBeGreaterThan(95);
  });
});
