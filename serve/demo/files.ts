/** The files of a built page: which there are, and how a browser knows that one has changed. */
import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';
import { unreadable } from '../../runtime/unreadable.ts';

export interface DemoFile {
  /** In the folder, such as `assets/index-1a2b3c4d.js`. */
  readonly name: string;
  /** Where it is on the disk. */
  readonly file: string;
  /** Its entity tag: another once its content is another, and weak, since its compressed forms have the same. */
  readonly tag: string;
  /** Whether a file of this name never changes. */
  readonly immutable: boolean;
  /** Whether a compressed form is beside it, such as `index-1a2b3c4d.js.br`. */
  readonly compressed: boolean;
}

/** How the names of compressed forms end, for brotli, gzip and zstd. */
const suffixes = ['.br', '.gz', '.zst'];

/**
 * The files of a folder and of those in it. Left alone are links, which may lead anywhere, and names other than of letters,
 * digits, `.`, `_` and `-`, or with a dot in front.
 *
 * @throws AreographError 'option' if the folder has no `index.html`
 */
export function findDemoFiles(folder: string): DemoFile[] {
  const names = new Set(namesIn(folder));
  if (!names.has('index.html')) throw notBuilt(folder, 'none');
  const compressed = new Set([...names].flatMap((name) => suffixes.map((suffix) => name + suffix)));
  return [...names]
    .filter((name) => !compressed.has(name))
    .map((name) => {
      const file = join(folder, name);
      // Vite puts the hash of their content into the names of all of these, and of no others.
      const immutable = name.startsWith('assets/');
      return {
        name,
        file,
        tag: `W/"${immutable ? name : digest(file)}"`,
        immutable,
        compressed: suffixes.some((suffix) => names.has(name + suffix)),
      };
    });
}

function namesIn(folder: string, prefix = ''): string[] {
  return entriesOf(folder)
    .filter(({ name }) => /^[\w-][\w.-]*$/.test(name))
    .flatMap((entry) => {
      const name = prefix + entry.name;
      if (entry.isDirectory()) return namesIn(join(folder, entry.name), `${name}/`);
      return entry.isFile() ? [name] : [];
    });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw notBuilt(folder, unreadable(error), error);
  }
}

/** Of the content: times are the same for all files of some archives and container images. */
function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('base64url');
}

function notBuilt(folder: string, found: string, cause?: unknown): AreographError {
  return new AreographError(
    {
      code: 'option',
      where: folder,
      expected: 'the folder of a built page, with an index.html',
      found,
      next: 'Run npm run build:demo.',
    },
    { cause },
  );
}
