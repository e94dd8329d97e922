import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AreographError } from '../dsl/errors.ts';
import { asStorageError } from './data/disk.ts';

export interface Download {
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  /** Where it goes. An interrupted download stays there, and is continued from there. */
  readonly part: string;
  readonly onProgress?: ((received: number, total: number) => void) | undefined;
  /** What to do if it cannot be had, for messages. */
  readonly help: string;
  /** Before the second attempt, in milliseconds; doubled before each further one. */
  readonly retryDelay: number;
}

/** A connection that dropped `ATTEMPTS` times without a byte arriving between is not coming back. */
const ATTEMPTS = 4;

/**
 * Downloads a file of known size and checksum, continuing what an earlier attempt left (HTTP `Range`; a server
 * that does not know it sends everything again). A dropped connection is taken up again by itself.
 *
 * @throws AreographError `dataset` if the server cannot be reached, keeps dropping the connection (what has
 *   arrived stays) or sent something else (it is removed); `storage` if the disk is full
 */
export async function download(file: Download): Promise<void> {
  if (sizeOf(file.part) > file.size) rmSync(file.part);

  for (let failures = 0; sizeOf(file.part) < file.size; ) {
    const before = sizeOf(file.part);
    try {
      await receive(file);
    } catch (error) {
      const failure = asStorageError(
        error,
        file.part,
        file.size,
        'Free some space there and run this again.',
      );
      if (failure instanceof AreographError) throw failure;
      failures = sizeOf(file.part) > before ? 1 : failures + 1;
      if (failures >= ATTEMPTS) throw unavailable(file.url, reasonOf(error), file.help, error);
      await sleep(file.retryDelay * 2 ** (failures - 1));
    }
  }

  const found = sizeOf(file.part) === file.size ? await md5Of(file.part) : `${sizeOf(file.part)} bytes`;
  if (found === file.md5) return;
  rmSync(file.part);
  throw new AreographError({
    code: 'dataset',
    where: file.url,
    expected: `${file.size} bytes with the MD5 checksum ${file.md5}`,
    found,
    next: 'The download was removed. Run this again.',
  });
}

/** One request; returns when the server is done, whether or not everything has come. */
async function receive({ url, size, part, onProgress, help }: Download): Promise<void> {
  const offset = sizeOf(part);
  const response = await fetch(url, {
    // Ranges count the file's own bytes, so it must not come compressed.
    headers: { 'Accept-Encoding': 'identity', ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}) },
  });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    const found = `the HTTP status ${response.status}`;
    // 408, 429 and 5xx may pass; any other refusal will be the same the next time.
    if (response.status >= 500 || [408, 429].includes(response.status)) throw new Error(found);
    throw unavailable(url, found, help);
  }
  const resumed =
    response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${offset}-`) === true;
  if (response.status === 206 && !resumed) {
    await response.body.cancel();
    throw new Error(`the range '${response.headers.get('content-range')}' instead of bytes ${offset}-`);
  }

  mkdirSync(dirname(part), { recursive: true });
  const handle = await open(part, resumed ? 'a' : 'w');
  try {
    let received = resumed ? offset : 0;
    for await (const chunk of response.body) {
      await handle.writeFile(chunk);
      received += chunk.length;
      onProgress?.(Math.min(received, size), size);
      if (received > size) break; // Not the file that was announced; the caller sees it by its size.
    }
    if (received < size) throw new Error(`the end after ${received} of ${size} bytes`);
  } finally {
    await handle.close();
  }
}

/** A server that does not answer as it should, and what to do instead. */
export function unavailable(url: string, found: string, help: string, cause?: unknown): AreographError {
  return new AreographError(
    { code: 'dataset', where: url, expected: 'an answer from the server', found, next: help },
    { cause },
  );
}

/** Why a request failed: fetch hides the system's reason (no such host, refused, …) in the cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || reasonOf(error.cause) : error.message;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
