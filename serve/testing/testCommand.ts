/** For tests: the commands of serve/ as processes of their own, as a user starts them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

// By its path: in another working directory, `tsx` is not found by name.
const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url));

/** Starts a script of serve/. Whoever starts it ends it. */
export function run(script: string, args: readonly string[], cwd = process.cwd()) {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url));
  return spawn(process.execPath, ['--import', tsx, path, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts a script of serve/; it does not outlive the test. */
export function start(script: string, args: readonly string[], cwd?: string) {
  const child = run(script, args, cwd);
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Runs a script to its end. */
export async function finish(script: string, args: readonly string[], cwd?: string) {
  const child = start(script, args, cwd);
  const [out, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { out, error, code };
}

/** Writes a JPEG of noise. */
export async function photoFile(folder: string): Promise<string> {
  const file = join(folder, 'photo.jpg');
  const noise = { type: 'gaussian', mean: 120, sigma: 60 } as const;
  await sharp({ create: { width: 256, height: 256, channels: 3, background: 'black', noise } }).toFile(file);
  return file;
}
