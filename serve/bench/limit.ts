/**
 * The most that any server could answer: the same work on the same cores, without HTTP, queue or answers to write. It is
 * done in each way in which cores can be shared out, and the best counts.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { LimitSetup, LimitTurn } from './limitThread.ts';

const cores = availableParallelism();
const batches = [1, 8] as const;

/** Images per second, by what was done. */
export type Limits = Readonly<Record<string, number>>;

export class Limit {
  readonly #ways: readonly { readonly name: string; readonly loops: number; readonly pool: Piscina }[];

  constructor(model: Uint8Array, files: readonly Uint8Array[]) {
    const way = (name: string, loops: number, threads: number) => {
      const workerData: LimitSetup = { model, files, threads };
      const filename = fileURLToPath(new URL('./limitThread.mjs', import.meta.url));
      return {
        name,
        loops,
        pool: new Piscina({ filename, minThreads: loops, maxThreads: loops, workerData }),
      };
    };
    this.#ways = [
      way(`${cores} loops, a session of 1 thread each`, cores, 1),
      way(`1 loop, a session of ${cores} threads`, 1, cores),
    ];
  }

  /** Measures each way for so many seconds, one after the other. */
  async measure(seconds: number): Promise<Limits> {
    const limits: Record<string, number> = {};
    for (const { name, loops, pool } of this.#ways) {
      for (const batch of batches) {
        const turn = (i: number): LimitTurn => ({ batch, seconds, first: i * 100 });
        const started = performance.now();
        const done: number[] = await Promise.all(
          Array.from({ length: loops }, (_, i) => pool.run(turn(i), { name: 'loop' })),
        );
        const images = done.reduce((sum, each) => sum + each, 0);
        limits[`${name}, batches of ${batch}`] = images / ((performance.now() - started) / 1000);
      }
    }
    return limits;
  }

  async close(): Promise<void> {
    await Promise.all(this.#ways.map(({ pool }) => pool.destroy()));
  }
}
