import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';
import { type Dataset, readDataset, SPLITS } from './data/dataset.ts';
import { asStorageError, removeAbandoned, syncFolder, temporaryName } from './data/disk.ts';
import { CLASS_NAMES_FILE, listFile } from './data/listLayout.ts';
import { projectRoot } from './data/projectRoot.ts';
import { download, reasonOf, unavailable } from './download.ts';
import { unzip } from './unzip.ts';

const MSL_DOI = '10.5281/zenodo.1049137';
const RECORD = '1049137';
const ARCHIVE = 'msl-images.zip';

/** What is moved out of the archive. The training list comes last: where it is, everything is. */
const CONTENTS = [
  'calibrated',
  'README.txt',
  CLASS_NAMES_FILE,
  listFile('test'),
  listFile('val'),
  listFile('train'),
];

export interface FetchOptions {
  /** Default: `msl-images/` in the project. */
  readonly directory?: string;
  /** The server that has the record. Default: `https://zenodo.org`. */
  readonly baseUrl?: string;
  /** Told the bytes received so far. */
  readonly onProgress?: (received: number, total: number) => void;
  /** Before a dropped connection is taken up again, in milliseconds. Default: 1000. */
  readonly retryDelay?: number;
}

export interface Fetched {
  readonly dataset: Dataset;
  /** False if the images were there already. */
  readonly downloaded: boolean;
}

// The part of Zenodo's record that matters here (https://developers.zenodo.org).
const recordSchema = z.object({
  files: z.array(
    z.object({
      key: z.string(),
      size: z.int().positive(),
      checksum: z.string().regex(/^md5:[0-9a-f]{32}$/),
      links: z.object({ self: z.url() }),
    }),
  ),
});

/**
 * Downloads the labelled images of the Curiosity rover (61 MB, DOI 10.5281/zenodo.1049137: A. Stanboli and
 * K. Wagstaff) from Zenodo, verifies them and unpacks them into `directory`. An interrupted download is
 * continued by the next call. The images appear in `directory` once the whole set was unpacked and checked;
 * half a set that is there already is replaced.
 *
 * @throws AreographError `dataset` if the server cannot be reached (with what to do by hand) or sends
 *   something else than the record announces; `storage` if the disk is full
 */
export async function fetchMslImages(options: FetchOptions = {}): Promise<Fetched> {
  const { baseUrl = 'https://zenodo.org', onProgress, retryDelay = 1000 } = options;
  const directory = resolve(options.directory ?? join(projectRoot, 'msl-images'));
  if (existsSync(join(directory, listFile('train')))) {
    return { dataset: readDataset(directory), downloaded: false };
  }

  const help = byHand(directory);
  const archive = await announcedArchive(new URL(`/api/records/${RECORD}`, baseUrl).href, help);
  const part = join(directory, `${ARCHIVE}.part`);
  await download({ ...archive, part, onProgress, retryDelay, help });

  const unpacked = temporaryName(join(directory, 'unpacked'));
  try {
    removeAbandoned(join(directory, 'unpacked'));
    mkdirSync(unpacked);
    await unzip(part, unpacked);
    const source = folderWithLists(unpacked);
    readDataset(source);
    for (const name of CONTENTS) move(join(source, name), join(directory, name));
    syncFolder(directory);
  } catch (error) {
    throw asStorageError(error, directory, archive.size, 'Free some space there and run this again.');
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
  rmSync(part);
  return { dataset: readDataset(directory), downloaded: true };
}

/** What to do where this computer has no way to the server. */
function byHand(directory: string): string {
  return (
    `By hand: open https://doi.org/${MSL_DOI}, download ${ARCHIVE} and unzip it so that ` +
    `${join(directory, listFile('train'))} is there; or unzip it anywhere and set MSL_IMAGES to that folder.`
  );
}

async function announcedArchive(
  url: string,
  help: string,
): Promise<{ url: string; size: number; md5: string }> {
  let answer: unknown;
  try {
    const response = await fetch(url, { headers: { Accept: 'application/json' } });
    if (!response.ok) throw new Error(`the HTTP status ${response.status}`);
    answer = await response.json();
  } catch (error) {
    throw unavailable(url, reasonOf(error), help, error);
  }
  const record = recordSchema.safeParse(answer);
  const file = record.data?.files.find(({ key }) => key === ARCHIVE);
  if (!file) {
    throw new AreographError({
      code: 'dataset',
      where: url,
      expected: `a record that announces ${ARCHIVE} with its size and MD5 checksum`,
      found: record.success
        ? `the files ${record.data.files.map(({ key }) => key).join(', ') || '(none)'}`
        : record.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
      next: help,
    });
  }
  return { url: file.links.self, size: file.size, md5: file.checksum.slice('md5:'.length) };
}

/** The archive may hold its files directly or in one folder; packers for macOS add one more. */
function folderWithLists(unpacked: string): string {
  const inner = readdirSync(unpacked).map((name) => join(unpacked, name));
  const lists = SPLITS.map(listFile);
  return (
    [unpacked, ...inner].find((folder) => lists.every((list) => existsSync(join(folder, list)))) ?? unpacked
  );
}

function move(from: string, to: string): void {
  if (!existsSync(from)) return; // Only README.txt may lack: the rest was checked.
  rmSync(to, { recursive: true, force: true });
  renameSync(from, to);
}
