import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';

/**
 * What is drawn, decoded or unpacked is written under a temporary name beside its target and renamed when it
 * is whole, so that a crash never leaves half of something under the real name. The name carries the process
 * id: {@link removeAbandoned} finds what a killed process left.
 */
export function temporaryName(target: string): string {
  return `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

/** Removes the temporary files and folders of `target` whose process no longer runs. */
export function removeAbandoned(target: string): void {
  const folder = dirname(target);
  for (const name of namesIn(folder)) {
    const owner = name.startsWith(`${basename(target)}.`) && /\.(\d+)-[0-9a-f]+\.tmp$/.exec(name);
    if (owner && !isRunning(Number(owner[1]))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Removes what a failed attempt left; that it cannot is less interesting than why the attempt failed. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Such as ENOTDIR, where there was nothing to write into in the first place.
  }
}

/** Makes a rename in `folder` survive a power cut. Windows cannot sync a folder, and needs not. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The code of a system error, such as `ENOENT`; undefined for any other. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: 'a full disk',
  EDQUOT: 'a used-up disk quota',
  EFBIG: 'a limit on the size of files',
  EROFS: 'a read-only file system',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  ENOTDIR: 'a file where a folder should be',
  EEXIST: 'a file where a folder should be',
  ENOENT: 'a place where nothing can be made',
};

/**
 * A failed write as an AreographError `storage` that names the file and the bytes it needs. Other errors come
 * back as they are.
 */
export function asStorageError(error: unknown, file: string, bytesNeeded: number, next: string): unknown {
  const found = CAUSES[systemCode(error) ?? ''];
  if (error instanceof AreographError || !found) return error;
  return new AreographError(
    {
      code: 'storage',
      where: file,
      expected: bytesNeeded > 0 ? `room to write ${bytesNeeded} bytes` : 'a folder that can be written to',
      found,
      next,
    },
    { cause: error },
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // No folder, nothing abandoned in it.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM'; // It runs, but is another user's.
  }
}
