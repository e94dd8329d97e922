import { expect, it } from 'vitest';
import type { Load } from './load.ts';
import type { Round } from './round.ts';
import { summarize, toMarkdown } from './summary.ts';

function load(throughput: number, ms: number, wrong = {}): Load {
  return {
    answers: throughput,
    seconds: 1,
    throughput,
    latency: { p50: ms, p95: ms * 2, p99: ms * 3, max: ms * 4 },
    wrong,
    clientCores: 0,
  };
}

function round(limit: number, own64: number, halfMs: number): Round {
  const own = { 1: load(50, 10), 8: load(80, 20), 64: load(own64, 90, { '503 for 200': 2 }) };
  return {
    limits: { slow: limit / 2, fast: limit },
    own,
    plain: { 1: load(50, 10), 8: load(20, 20), 64: load(10, 90) },
    halfLoad: { rate: own64 / 2, poisson: load(own64 / 2, halfMs), even: load(own64 / 2, 5) },
    health: { own: load(50, limit / 10), plain: load(50, 100) },
  };
}

it('takes medians over rounds, and ratios within one', () => {
  // Ratios 0.8, 0.9, 0.95: their median is not the ratio of the medians, 0.9 of 200 = 180 against 80, 180, 950.
  const { rows, bars } = summarize(
    [round(100, 80, 11), round(200, 180, 8), round(1000, 950, 9)],
    [2500, 900, 1900],
  );
  const busy = rows.find(({ what }) => what === 'this server, 64 connections');
  expect(busy).toMatchObject({ throughput: 180, wrong: 6, latency: { p50: 90, p99: 270 } });
  expect(busy?.ofLimit).toBeCloseTo(0.9, 12);
  expect(rows.find(({ what }) => what === 'slow')).toMatchObject({ throughput: 100, ofLimit: 0.5 });
  expect(bars.map(({ found, holds }) => [Math.round(found * 100) / 100, holds])).toEqual([
    [0.9, true],
    // 3 x 9 over 10.
    [2.7, true],
    [1.5, true],
    // The slowest of all rounds: 4 x 1000 / 10.
    [400, false],
    [1900, true],
  ]);
});

it('is shown as a table and a list', () => {
  const markdown = toMarkdown(summarize([round(100, 80, 11)], [2500]));
  expect(markdown).toContain('| this server, 64 connections | 80.0 | 0.80 | 90.0 | 180 | 270 | 360 | 2 |\n');
  expect(markdown).toContain('| fast | 100 | 1.00 |  |  |  |  | 0 |\n');
  expect(markdown).toContain(
    '- DOES NOT HOLD: throughput at 64 connections, of the limit: 0.800 (at least 0.85)\n',
  );
  expect(markdown).toContain(
    '- holds: p99 at half load evenly spaced, in times of a single request: 1.50 (at most 3)',
  );
});
