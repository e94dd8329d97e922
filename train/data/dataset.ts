import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { AreographError } from '../../dsl/errors.ts';
import { CLASS_FOLDER_LAYOUT, hasClassFolders, readClassFolders } from './classFolders.ts';
import { systemCode } from './disk.ts';
import { bySplit, type ListedExample, type Listing, SPLITS, type Split } from './listing.ts';
import { hasLists, LIST_LAYOUT, readLists } from './listLayout.ts';

export { SPLITS, type Split };

export interface Example {
  /** Absolute. */
  readonly file: string;
  /** Position in {@link Dataset.classes}. */
  readonly label: number;
}

export interface Dataset {
  /** Absolute. */
  readonly directory: string;
  readonly name: string;
  /** Drawn by a program: nothing that is measured on it says anything about Mars. */
  readonly synthetic: boolean;
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<Split, readonly Example[]>>;
  /**
   * SHA-256, in hex, over class names and, per split and in order, each image's relative name, size in bytes
   * and label. The same on every machine; editing an image so that its size stays the same goes unseen.
   */
  readonly fingerprint: string;
}

/** The file by which a drawn data set says that it is drawn. */
export const SYNTHETIC_MARKER = 'SYNTHETIC.json';
export const syntheticMarkerSchema = z.object({ name: z.string().min(1), version: z.int() });

/**
 * Reads a labelled set of images, in one of three layouts:
 *
 * - the MSL lists: `train-calibrated-shuffled.txt`, `val-…`, `test-…` and `msl_synset_words-indexed.txt`;
 *   classes in the order of their ids, those without any image left out;
 * - `train/CLASS/*`, `val/CLASS/*`, `test/CLASS/*`: classes in the order of their names;
 * - `CLASS/*`: split 70/15/15 by a hash of the file name, see {@link readClassFolders}.
 *
 * Every image is checked to exist before this returns; none is decoded.
 *
 * @throws AreographError `dataset`, naming file and line, if anything of that is missing or contradictory
 */
export function readDataset(directory: string): Dataset {
  const root = resolve(directory);
  const entries = readFolder(root);
  const listing = hasLists(entries)
    ? readLists(root)
    : hasClassFolders(root, entries)
      ? readClassFolders(root, entries)
      : unrecognised(root, entries);

  const sizes = sizesOf(root, listing);
  for (const split of SPLITS) {
    if (listing.splits[split].length === 0) throw emptySplit(root, split);
  }
  if (listing.classes.length < 2) {
    throw new AreographError({
      code: 'dataset',
      where: root,
      expected: 'at least 2 classes with images',
      found: `${listing.classes.length}: ${listing.classes.join(', ')}`,
      next: 'Add images of another class.',
    });
  }

  const marker = readMarker(root);
  return {
    directory: root,
    name: marker?.name ?? basename(root),
    synthetic: marker !== undefined,
    classes: listing.classes,
    splits: bySplit((split) =>
      listing.splits[split].map(({ file, label }) => ({ file: join(root, file), label })),
    ),
    fingerprint: fingerprintOf(listing, sizes),
  };
}

function readFolder(root: string): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error);
    throw new AreographError(
      {
        code: 'dataset',
        where: root,
        expected: 'a folder of labelled images',
        found: code === 'ENOENT' ? 'no such folder' : code === 'ENOTDIR' ? 'a file' : String(code ?? error),
        next: "Give the data set's folder with --data, or fetch the Mars images with 'npm run fetch-data'.",
      },
      { cause: error },
    );
  }
}

function unrecognised(root: string, entries: readonly Dirent[]): never {
  const names = entries.map((entry) => entry.name).sort();
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
  throw new AreographError({
    code: 'dataset',
    where: root,
    expected: `${LIST_LAYOUT}, or ${CLASS_FOLDER_LAYOUT}`,
    found: names.length === 0 ? 'an empty folder' : shown,
    next: 'Point to the folder that directly holds them.',
  });
}

/** Sizes by relative name. One stat each tells existence and size: 6,691 take about 25 ms on a local disk. */
function sizesOf(root: string, listing: Listing): Map<string, number> {
  const sizes = new Map<string, number>();
  const missing: ListedExample[] = [];
  for (const example of SPLITS.flatMap((split) => listing.splits[split])) {
    const stats = statSync(join(root, example.file), { throwIfNoEntry: false });
    if (stats?.isFile()) sizes.set(example.file, stats.size);
    else missing.push(example);
  }
  const [first] = missing;
  if (!first) return sizes;

  const others = missing.slice(1, 3).map(({ file }) => file);
  const rest = missing.length - 1 - others.length;
  throw new AreographError({
    code: 'dataset',
    where: first.namedIn ? join(root, first.namedIn) : root,
    expected: `the image ${first.file}`,
    found:
      `no such file${others.length > 0 ? `; nor ${others.join(', ')}` : ''}` +
      (rest > 0 ? ` and ${rest} more` : ''),
    next: `${missing.length} of ${missing.length + sizes.size} images are missing. Fetch or unpack the data set again.`,
  });
}

function emptySplit(root: string, split: Split): AreographError {
  return new AreographError({
    code: 'dataset',
    where: root,
    expected: 'images in train, val and test',
    found: `none in ${split}`,
    next: 'Add images, or choose the splits yourself with the folders train/, val/ and test/.',
  });
}

function readMarker(root: string): z.infer<typeof syntheticMarkerSchema> | undefined {
  const file = join(root, SYNTHETIC_MARKER);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return syntheticMarkerSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AreographError(
      {
        code: 'dataset',
        where: file,
        expected: 'the name and version of a drawn data set',
        found: text.slice(0, 80),
        next: 'Delete the folder; it is drawn again when it is needed.',
      },
      { cause: error },
    );
  }
}

function fingerprintOf(listing: Listing, sizes: ReadonlyMap<string, number>): string {
  const canonical = [
    listing.classes,
    ...SPLITS.map((split) => listing.splits[split].map(({ file, label }) => [file, sizes.get(file), label])),
  ];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
