/** How long model files take, beside each other: in turns, so that whatever else the machine does meets all of them. */
import { setTimeout } from 'node:timers/promises';
import { median } from 'd3-array';
import { type InferenceSession, Tensor } from 'onnxruntime-common';
import { type Device, openSession } from '../../runtime/session.ts';
import type { Size } from '../augmentation/affine.ts';
import type { Pixels } from '../data/pixels.ts';

/** What is timed: one run on so many images, of the size that the network sees. */
export const latencySettings = {
  one: { device: 'cpu', threads: 1, images: 1 },
  sixteen: { device: 'cpu', threads: 1, images: 16 },
  oneOn2Threads: { device: 'cpu', threads: 2, images: 1 },
  sixteenOn2Threads: { device: 'cpu', threads: 2, images: 16 },
  oneInWasm: { device: 'wasm', threads: 1, images: 1 },
} as const satisfies Record<
  string,
  { readonly device: Device; readonly threads: number; readonly images: number }
>;
export type LatencySetting = keyof typeof latencySettings;
export const latencySettingNames = [
  'one',
  'sixteen',
  'oneOn2Threads',
  'sixteenOn2Threads',
  'oneInWasm',
] as const satisfies readonly LatencySetting[];

export interface Latency {
  /** Of the turns, in milliseconds. */
  readonly median: number;
  /** Median over the rounds of the time by that of the reference in the same round. */
  readonly ratio: number;
}

/** Idle threads spin for a while after a run; the other's turn starts on quiet cores. */
const pause = 20;

/**
 * Times files of one model in rounds of one turn each. A turn is a run to warm the caches that the others have used, and
 * one that is timed.
 *
 * @param files by name
 * @param reference the name of the one whose times the others' are divided by
 * @param pixels where images come from
 */
export async function latencies<Name>(
  files: ReadonlyMap<Name, Uint8Array>,
  reference: Name,
  setting: LatencySetting,
  size: Size,
  pixels: Pixels,
  rounds: number,
): Promise<ReadonlyMap<Name, Latency>> {
  const { images, ...options } = latencySettings[setting];
  const data = new Uint8Array(images * pixels.imageBytes);
  pixels.read(
    Array.from({ length: images }, (_, i) => Math.floor((i * pixels.count) / images)),
    data,
  );
  const feeds = { image: new Tensor('uint8', data, [images, size.height, size.width, 3]) };
  const sessions = new Map<Name, InferenceSession>();
  const times = new Map([...files.keys()].map((name): [Name, number[]] => [name, []]));
  try {
    for (const [name, bytes] of files) sessions.set(name, await openSession(bytes, options, `${name}`));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, session] of sessions) {
        await setTimeout(pause);
        await session.run(feeds);
        const began = performance.now();
        await session.run(feeds);
        times.get(name)?.push(performance.now() - began);
      }
    }
  } finally {
    for (const session of sessions.values()) await session.release();
  }
  const own = times.get(reference) ?? [];
  return new Map(
    [...times].map(([name, each]) => {
      const ratios = each.map((time, round) => time / (own[round] ?? Number.NaN));
      return [name, { median: median(each) ?? Number.NaN, ratio: median(ratios) ?? Number.NaN }];
    }),
  );
}
