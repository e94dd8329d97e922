/** What the rounds of a bench come to: medians, and the bars that were set. */
import { max, median, sum } from 'd3-array';
import type { Latency, Load } from './load.ts';
import { connections, type Round } from './round.ts';

/** Medians over the rounds; ratios are taken within a round. */
export interface Row {
  readonly what: string;
  /** Answers per second. */
  readonly throughput: number;
  /** Throughput beside the limit's. Nothing is said of what comes at a fixed rate. */
  readonly ofLimit?: number;
  /** In milliseconds; a bare loop has none. */
  readonly latency?: Latency;
  /** Wrong answers of all rounds together. */
  readonly wrong: number;
}

export interface Bar {
  readonly what: string;
  readonly found: number;
  /** `found` is to be at least, or at most, this. */
  readonly least?: number;
  readonly most?: number;
  readonly holds: boolean;
}

export interface Summary {
  readonly rows: readonly Row[];
  readonly bars: readonly Bar[];
}

/** @param starts milliseconds from start to ready */
export function summarize(rounds: readonly Round[], starts: readonly number[]): Summary {
  const middle = (pick: (round: Round) => number) => median(rounds, pick) ?? Number.NaN;
  const open = (what: string, pick: (round: Round) => Load): Row => ({
    what,
    throughput: middle((round) => pick(round).throughput),
    latency: {
      p50: middle((round) => pick(round).latency.p50),
      p95: middle((round) => pick(round).latency.p95),
      p99: middle((round) => pick(round).latency.p99),
      max: middle((round) => pick(round).latency.max),
    },
    wrong: sum(rounds, (round) => sum(Object.values(pick(round).wrong))),
  });
  const closed = (what: string, pick: (round: Round) => Load): Row => ({
    ...open(what, pick),
    ofLimit: middle((round) => pick(round).throughput / limitOf(round)),
  });
  const ways = Object.keys(rounds[0]?.limits ?? {});
  return {
    rows: [
      ...ways.map((way) => ({
        what: way,
        throughput: middle(({ limits }) => limits[way] ?? Number.NaN),
        ofLimit: middle((round) => (round.limits[way] ?? Number.NaN) / limitOf(round)),
        wrong: 0,
      })),
      ...connections.map((users) => closed(`this server, ${connected(users)}`, ({ own }) => own[users])),
      ...connections.map((users) => closed(`plain server, ${connected(users)}`, ({ plain }) => plain[users])),
      open('this server, half load, at random', ({ halfLoad }) => halfLoad.poisson),
      open('this server, half load, evenly spaced', ({ halfLoad }) => halfLoad.even),
      open('this server, /healthz under full load', ({ health }) => health.own),
      open('plain server, /healthz under full load', ({ health }) => health.plain),
    ],
    bars: [
      least(
        'throughput at 64 connections, of the limit',
        0.85,
        middle((round) => round.own[64].throughput / limitOf(round)),
      ),
      most(
        'p99 at half load at random, in times of a single request',
        3,
        middle(({ halfLoad, own }) => halfLoad.poisson.latency.p99 / own[1].latency.p50),
      ),
      most(
        'p99 at half load evenly spaced, in times of a single request',
        3,
        middle(({ halfLoad, own }) => halfLoad.even.latency.p99 / own[1].latency.p50),
      ),
      most(
        'slowest /healthz under full load, in ms',
        50,
        max(rounds, ({ health }) => health.own.latency.max) ?? Number.NaN,
      ),
      most('start to ready, in ms', 2000, median(starts) ?? Number.NaN),
    ],
  };
}

/** The best way of all in a round. */
function limitOf({ limits }: Round): number {
  return max(Object.values(limits)) ?? Number.NaN;
}

function connected(users: number): string {
  return `${users} connection${users === 1 ? '' : 's'}`;
}

function least(what: string, bar: number, found: number): Bar {
  return { what, found, least: bar, holds: found >= bar };
}

function most(what: string, bar: number, found: number): Bar {
  return { what, found, most: bar, holds: found <= bar };
}

/** The rows as a Markdown table, and the bars as a list. */
export function toMarkdown({ rows, bars }: Summary): string {
  const cells = rows.map(({ what, throughput, ofLimit, latency, wrong }) => {
    const times =
      latency === undefined ? ['', '', '', ''] : [latency.p50, latency.p95, latency.p99, latency.max];
    return [what, digits(throughput), ofLimit?.toFixed(2) ?? '', ...times.map(digits), wrong];
  });
  const lines = [
    ['', 'per second', 'of the limit', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'wrong'],
    ['---', ...Array.from({ length: 7 }, () => '--:')],
    ...cells,
  ].map((line) => `| ${line.join(' | ')} |`);
  const held = bars.map(
    ({ what, found, least, most, holds }) =>
      `- ${holds ? 'holds' : 'DOES NOT HOLD'}: ${what}: ${digits(found)} (${least === undefined ? `at most ${most}` : `at least ${least}`})`,
  );
  return `${[...lines, '', ...held].join('\n')}\n`;
}

/** With three digits that count, or as many as stand before the point. */
function digits(value: number | string): string {
  if (typeof value === 'string') return value;
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
