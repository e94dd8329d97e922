/** Writes that are whole or not there: under a temporary name, synced, then renamed. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { asStorageError, discard, removeAbandoned, syncFolder, temporaryName } from './data/disk.ts';

const goOn = 'Make room, then run the command again, a training with --resume: nothing before is lost.';

/**
 * @param next what to do about a disk that is full; what a training run can do unless given
 * @throws AreographError 'storage' if the disk is full or not writable; what was there before stays.
 */
export function writeFileAtomic(file: string, pieces: readonly Uint8Array[], next: string = goOn): void {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  removeAbandoned(file);
  const temporary = temporaryName(file);
  try {
    const handle = openSync(temporary, 'w');
    try {
      for (const piece of pieces) {
        for (let done = 0; done < piece.length; ) done += writeSync(handle, piece, done);
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
    syncFolder(dirname(file));
  } catch (error) {
    discard(temporary);
    throw asStorageError(error, file, size, next);
  }
}

export function writeTextAtomic(file: string, text: string): void {
  writeFileAtomic(file, [new TextEncoder().encode(text)]);
}
