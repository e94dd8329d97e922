import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batcher, type BatcherOptions, maxAhead } from './batcher.ts';

const never = new AbortController().signal;

/** A batcher whose batches end when the test says so. */
function controlled(options: Partial<BatcherOptions<number, string>> = {}) {
  const batches: { jobs: readonly number[]; end(): void; fail(): void }[] = [];
  const batcher = new Batcher<number, string>({
    run: (jobs) =>
      new Promise((resolve, reject) => {
        batches.push({
          jobs,
          end: () => resolve(jobs.map((job) => `answer ${job}`)),
          fail: () => reject(new Error('the runner ended')),
        });
      }),
    runners: 1,
    maxBatch: 4,
    maxDelay: 0,
    maxQueue: 100,
    ...options,
  });
  return { batcher, batches };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Batcher', () => {
  it('hands out a job at once while a runner is free, and gathers jobs while all are busy', async () => {
    const { batcher, batches } = controlled({ maxBatch: 6 });
    const answers = [1, 2, 3, 4, 5, 6].map((job) => batcher.submit(job, never));
    expect(batches.map(({ jobs }) => jobs)).toEqual([[1]]);
    expect(batcher.length).toBe(5);
    batches[0]?.end();
    await turn();
    expect(batches[1]?.jobs).toEqual([2, 3, 4, 5, 6]);
    batches[1]?.end();
    const replies = (await Promise.all(answers)).map(({ reply }) => reply);
    expect(replies).toEqual([1, 2, 3, 4, 5, 6].map((job) => `answer ${job}`));
  });

  it('hands out half of what waits, shared among the runners', async () => {
    const { batcher, batches } = controlled({ runners: 2, maxBatch: 100 });
    for (let job = 1; job <= 10; job += 1) void batcher.submit(job, never);
    expect(batches.map(({ jobs }) => jobs)).toEqual([[1], [2]]);
    batches[0]?.end();
    await turn();
    expect(batches[2]?.jobs).toEqual([3, 4]);
  });

  it('gives a busy runner its next batch once a full one waits', async () => {
    const { batcher, batches } = controlled({ maxBatch: 3 });
    for (let job = 1; job <= 10; job += 1) void batcher.submit(job, never);
    expect(batches.map(({ jobs }) => jobs)).toEqual([[1], [2, 3, 4]]);
    batches[0]?.end();
    await turn();
    expect(batches.map(({ jobs }) => jobs)).toEqual([[1], [2, 3, 4], [5, 6, 7]]);
    batches[1]?.end();
    await turn();
    batches[2]?.end();
    await turn();
    expect(batches[3]?.jobs).toEqual([8, 9, 10]);
  });

  it('lets a job wait for others for as long as it was told, or until the batch is full', async () => {
    const { batcher, batches } = controlled({ maxDelay: 40, maxBatch: 3 });
    void batcher.submit(1, never);
    const lone = batcher.submit(2, never);
    expect(batches).toHaveLength(0);
    await expect.poll(() => batches.length).toBe(1);
    expect(batches[0]?.jobs).toEqual([1, 2]);
    batches[0]?.end();
    // Timers may fire a little early by the clock that counts.
    expect((await lone).waited).toBeGreaterThan(38);
    for (const job of [3, 4, 5]) void batcher.submit(job, never);
    expect(batches[1]?.jobs).toEqual([3, 4, 5]);
  });

  it('hands out a full batch whole, at once, where jobs wait for others', () => {
    const { batcher, batches } = controlled({ runners: 2, maxDelay: 10_000, maxBatch: 4 });
    for (const job of [1, 2, 3, 4]) void batcher.submit(job, never);
    expect(batches.map(({ jobs }) => jobs)).toEqual([[1, 2, 3, 4]]);
  });

  it('refuses what would wait beyond the limit, and takes it again later', async () => {
    const { batcher, batches } = controlled({ maxQueue: 2 });
    const taken = [1, 2, 3].map((job) => batcher.submit(job, never));
    const overloaded = { name: 'RequestError', code: 'overloaded', retryAfter: 1 };
    await expect(batcher.submit(4, never)).rejects.toMatchObject(overloaded);
    batches[0]?.end();
    await turn();
    void batcher.submit(5, never);
    batches[1]?.end();
    await Promise.all(taken);
  });

  it('drops a job whose signal is aborted: one that waits never runs, one under way is no longer waited for', async () => {
    const { batcher, batches } = controlled();
    const [running, waiting, refused] = [
      new AbortController(),
      new AbortController(),
      AbortSignal.abort('no'),
    ];
    const answers = [batcher.submit(1, running.signal), batcher.submit(2, waiting.signal)];
    await expect(batcher.submit(3, refused)).rejects.toBe('no');
    running.abort('gone');
    waiting.abort('late');
    expect(await Promise.allSettled(answers)).toEqual([
      { status: 'rejected', reason: 'gone' },
      { status: 'rejected', reason: 'late' },
    ]);
    const next = batcher.submit(4, never);
    batches[0]?.end();
    await turn();
    expect(batches[1]?.jobs).toEqual([4]);
    batches[1]?.end();
    expect((await next).reply).toBe('answer 4');
  });

  it('tries the jobs of a runner that ended again, each alone, and gives up the one that ends them', async () => {
    const deadly = 3;
    const seen: (readonly number[])[] = [];
    const batcher = new Batcher<number, string>({
      async run(jobs) {
        await turn();
        seen.push(jobs);
        if (jobs.includes(deadly)) throw new Error('the runner ended');
        return jobs.map((job) => `answer ${job}`);
      },
      runners: 1,
      maxBatch: 4,
      maxDelay: 0,
      maxQueue: 100,
    });
    const answers = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((job) => batcher.submit(job, never)));
    expect(answers.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected'],
      ...['fulfilled', 'fulfilled', 'fulfilled'],
    ]);
    expect(answers[2]).toMatchObject({ reason: { code: 'worker-lost' } });
    expect(seen).toEqual([[1], [2, 3, 4, 5], [2], [3], [3], [4], [5], [6]]);
  });

  it('does not try a job again that no one waits for any longer', async () => {
    const { batcher, batches } = controlled();
    const controller = new AbortController();
    const answer = batcher.submit(1, controller.signal);
    controller.abort('gone');
    await expect(answer).rejects.toBe('gone');
    batches[0]?.fail();
    await turn();
    expect(batches).toHaveLength(1);
    expect(batcher.length).toBe(0);
  });

  it('answers every job once and with its own answer, whatever runners do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          runners: fc.integer({ min: 1, max: 3 }),
          maxBatch: fc.integer({ min: 1, max: 5 }),
          jobs: fc.integer({ min: 1, max: 30 }),
          // For each batch in turn: whether its runner ends.
          ends: fc.infiniteStream(fc.boolean()),
          aborted: fc.uniqueArray(fc.nat(29)),
        }),
        async ({ runners, maxBatch, jobs, ends, aborted }) => {
          let running = 0;
          let largest = 0;
          const batcher = new Batcher<number, string>({
            async run(batch) {
              running += 1;
              largest = Math.max(largest, running);
              expect(batch.length).toBeLessThanOrEqual(maxBatch);
              await turn();
              running -= 1;
              if (ends.next().value) throw new Error('the runner ended');
              return batch.map((job) => `answer ${job}`);
            },
            runners,
            maxBatch,
            maxDelay: 0,
            maxQueue: 100,
          });
          const answers = Array.from({ length: jobs }, (_, job) => {
            const controller = new AbortController();
            const answer = batcher.submit(job, controller.signal);
            if (aborted.includes(job)) controller.abort('gone');
            return answer;
          });
          for (const [job, answer] of (await Promise.allSettled(answers)).entries()) {
            if (aborted.includes(job)) expect(answer).toMatchObject({ reason: 'gone' });
            else if (answer.status === 'fulfilled') expect(answer.value.reply).toBe(`answer ${job}`);
            else expect(answer.reason).toMatchObject({ code: 'worker-lost' });
          }
          expect(largest).toBeLessThanOrEqual(maxAhead * runners);
          expect(batcher.length).toBe(0);
        },
      ),
    );
  });
});
