/** For tests: `npm run serve` as a process of its own, its log, and its memory. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { run } from './testCommand.ts';

/** What each line of the log has; 50 and more are errors. */
const lineSchema = z.looseObject({ level: z.number(), msg: z.string() });
export type LogLine = z.infer<typeof lineSchema>;

export interface TestServer {
  readonly child: ChildProcess;
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Its log up to now. */
  readonly log: readonly LogLine[];
  /** What it has written to stderr up to now, after its address. */
  readonly complaints: () => string;
  /** Resolves with its exit code once it has ended and its log is whole. */
  readonly closed: Promise<number | null>;
}

/** Starts a server on a port of its own, and resolves once it has announced it. Whoever starts it ends it. */
export async function startServer(...args: readonly string[]): Promise<TestServer> {
  const child = run('main.ts', ['--port', '0', ...args]);
  const log: LogLine[] = [];
  createInterface(child.stdout).on('line', (line) => log.push(lineSchema.parse(JSON.parse(line))));
  const closed = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  for (;;) {
    const url = /curl --data-binary @photo\.jpg (\S+)\/classify\n/.exec(said)?.[1];
    if (url !== undefined) {
      said = '';
      return { child, url, log, complaints: () => said, closed };
    }
    const ended = await Promise.race([once(child.stderr, 'data').then(() => false), closed.then(() => true)]);
    if (ended) throw new Error(`the server did not start: ${said}`);
  }
}
