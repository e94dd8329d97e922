import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';
import { listFile } from './listLayout.ts';
import { projectRoot } from './projectRoot.ts';
import { drawSyntheticDataset } from './synthetic.ts';

export interface Located {
  /** Absolute. */
  readonly directory: string;
  /** Which rule found it. */
  readonly source: '--data' | 'MSL_IMAGES' | 'msl-images' | 'synthetic';
}

export interface LocateOptions {
  /** The value of `--data`, if given. */
  readonly data?: string | undefined;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder that holds `msl-images/` and `.cache/`; default: the project's. */
  readonly root?: string;
  /** Told while the synthetic set is drawn, which takes a few seconds, once. */
  readonly onDraw?: (done: number, total: number) => void;
}

/**
 * Finds the images: the folder given with `--data`, else the one that the variable `MSL_IMAGES` names, else
 * `msl-images/` in the project if the Mars images are there, else a small synthetic set, drawn once into
 * `.cache/synthetic/`. A folder that was asked for is never silently replaced by another.
 *
 * @throws AreographError `dataset` if the folder that was asked for is not there; `storage` if the synthetic
 *   set cannot be written
 */
export async function locateDataset(options: LocateOptions = {}): Promise<Located> {
  const { data, env = process.env, root = projectRoot, onDraw } = options;
  if (data !== undefined) return { directory: existing(data, '--data'), source: '--data' };

  const { MSL_IMAGES: variable } = env;
  if (variable) return { directory: existing(variable, 'MSL_IMAGES'), source: 'MSL_IMAGES' };

  const downloaded = join(root, 'msl-images');
  // The list is what fetching moves in last: with it, the rest is there.
  if (existsSync(join(downloaded, listFile('train')))) return { directory: downloaded, source: 'msl-images' };

  const directory = join(root, '.cache', 'synthetic');
  await drawSyntheticDataset(directory, onDraw);
  return { directory, source: 'synthetic' };
}

function existing(folder: string, askedBy: '--data' | 'MSL_IMAGES'): string {
  const directory = resolve(folder);
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (folder !== '' && stats?.isDirectory()) return directory;
  throw new AreographError({
    code: 'dataset',
    where: askedBy,
    expected: 'the folder of a data set',
    found: folder === '' ? 'an empty name' : `${directory}, which is ${stats ? 'a file' : 'not there'}`,
    next: `Correct the path, or leave ${askedBy} out to use msl-images/ or the synthetic set.`,
  });
}
