/** The images that benches send: real ones if there are any. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import sharp from 'sharp';
import { AreographError } from '../../dsl/errors.ts';
import { stream } from '../../export/random.ts';
import { unreadable } from '../../runtime/unreadable.ts';

export interface BenchImages {
  /** Where they come from, to be said beside every number. */
  readonly source: string;
  /** Files as bytes. */
  readonly files: readonly Uint8Array[];
}

/** Enough that no cache holds an answer, and few enough to be read at once. */
const most = 512;

/**
 * @param folder with JPEGs; default: the Mars images that the variable `MSL_IMAGES` names, else drawn ones
 * @throws AreographError 'dataset' if there is no JPEG in the folder
 */
export async function benchImages(folder: string | undefined): Promise<BenchImages> {
  const { MSL_IMAGES: variable } = process.env;
  if (folder !== undefined) return fromFolder(folder, '--images');
  if (variable) return fromFolder(join(variable, 'calibrated'), 'MSL_IMAGES');
  return drawn();
}

async function fromFolder(folder: string, askedBy: string): Promise<BenchImages> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw noImages(folder, askedBy, unreadable(error), error);
  });
  const jpegs = names.filter((name) => /\.jpe?g$/i.test(name)).sort();
  if (jpegs.length === 0) throw noImages(folder, askedBy, 'a folder without any');
  const step = Math.ceil(jpegs.length / most);
  const chosen = jpegs.filter((_, i) => i % step === 0);
  const files = await Promise.all(chosen.map((name) => readFile(join(folder, name))));
  const path = resolve(folder);
  const place = `${basename(dirname(path))}/${basename(path)}`;
  return { source: `${files.length} of the JPEGs in ${place}`, files };
}

/** Blurred noise at the size of most Mars images: of about as many bytes as they have. */
async function drawn(): Promise<BenchImages> {
  const random = stream(1, 'bench images');
  const files = await Promise.all(
    Array.from({ length: 64 }, () => {
      const spots = Uint8Array.from({ length: 24 * 24 * 3 }, () => uniformInt(random, 0, 255));
      const size = { width: 24, height: 24, channels: 3 } as const;
      return sharp(spots, { raw: size }).resize(256, 256).jpeg().toBuffer();
    }),
  );
  return { source: `${files.length} drawn JPEGs of 256 x 256, since MSL_IMAGES is not set`, files };
}

function noImages(folder: string, askedBy: string, found: string, cause?: unknown): AreographError {
  const next = `Correct ${askedBy}, or leave it out for drawn images.`;
  const problem = { code: 'dataset', where: folder, expected: 'JPEG images', found, next } as const;
  return new AreographError(problem, { cause });
}
