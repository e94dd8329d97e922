import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { AreographError } from '../dsl/errors.ts';
import { asStorageError } from './data/disk.ts';

/**
 * Unpacks a ZIP archive into `directory`. Only plain files and folders are made, and only inside it: an entry
 * that would land elsewhere (`../…`, an absolute path) refuses the whole archive, links are written as files.
 * What was unpacked before a failure stays; unpack into a folder that may be thrown away.
 *
 * @throws AreographError `dataset` if the archive is damaged or unsafe; `storage` if it cannot be written
 */
export async function unzip(archive: string, directory: string): Promise<void> {
  let bytes = 0;
  try {
    // yauzl itself refuses '..', absolute and backslashed names, and data of another length than announced.
    const zip = await yauzl.openPromise(archive);
    for await (const entry of zip.eachEntry()) {
      const target = resolve(directory, entry.fileName);
      const inside = relative(directory, target);
      if (inside.startsWith('..') || inside === '') throw new Error(`unsafe name '${entry.fileName}'`);
      if (entry.fileName.endsWith('/')) {
        mkdirSync(target, { recursive: true });
        continue;
      }
      bytes += entry.uncompressedSize;
      mkdirSync(dirname(target), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { flags: 'wx' }));
    }
  } catch (error) {
    const failure = asStorageError(error, join(directory), bytes, 'Free some space there and run it again.');
    if (failure instanceof AreographError) throw failure;
    throw new AreographError(
      {
        code: 'dataset',
        where: archive,
        expected: 'a complete ZIP archive whose files stay inside its folder',
        found: error instanceof Error ? error.message : String(error),
        next: 'Delete it and run this again.',
      },
      { cause: error },
    );
  }
}
