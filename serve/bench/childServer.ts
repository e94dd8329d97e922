/** A server in a process of its own, as a user starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AreographError } from '../../dsl/errors.ts';

export interface ChildServer {
  /** Such as `http://127.0.0.1:40001`. */
  readonly url: string;
  /** From being started to saying that it is ready, in milliseconds. */
  readonly startTime: number;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

// By its path: in another working directory, `tsx` is not found by name.
const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url));

/**
 * Starts a server on a free port, and waits until it is ready.
 *
 * @param script a file that takes `--port`, and writes its address to stderr once it listens
 * @param log file that its stdout is added to
 * @throws AreographError 'run' if it ends, or says that it is not ready
 */
export async function startServer(script: URL, args: readonly string[], log: string): Promise<ChildServer> {
  const out = createWriteStream(log, { flags: 'a' });
  await once(out, 'open');
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', tsx, fileURLToPath(script), '--port', '0', ...args], {
    stdio: ['ignore', out, 'pipe'],
  });
  out.close();
  const closed = once(child, 'close');
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const stop = async () => {
    child.kill('SIGTERM');
    await closed;
    process.off('exit', end);
  };
  const url = await announced(child.stderr);
  const ready = url !== undefined && (await fetch(`${url}/readyz`)).ok;
  if (ready) return { url, startTime: performance.now() - started, stop };
  await stop();
  throw new AreographError({
    code: 'run',
    where: fileURLToPath(script),
    expected: 'a server that says where it answers, and that it is ready',
    found: url === undefined ? 'a process that ended' : 'one that is not ready',
    next: 'What it printed above says why.',
  });
}

/** The first address in a stream, whose other lines are passed on to stderr. */
function announced(stream: NodeJS.ReadableStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    createInterface({ input: stream })
      .on('line', (line) => {
        const url = /http:\/\/[\w.[\]:]+:\d+/.exec(line)?.[0];
        if (url === undefined) console.error(line);
        else resolve(url);
      })
      .on('close', () => resolve(undefined));
  });
}
