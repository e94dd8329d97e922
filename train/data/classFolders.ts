import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';
import { bySplit, type ListedExample, type Listing, SPLITS, type Split } from './listing.ts';

export const CLASS_FOLDER_LAYOUT =
  'one folder of images per class, directly or inside train/, val/ and test/';

const IMAGE_EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif']);

export function hasClassFolders(root: string, entries: readonly Dirent[]): boolean {
  return folderNames(root, entries).length > 0;
}

/**
 * Reads `train/CLASS/*`, `val/CLASS/*` and `test/CLASS/*`, or `CLASS/*`, from `root`. Classes are in the order
 * of their names (by code point, so the same in every locale). Files without an image's extension, hidden
 * files and deeper folders are passed over.
 *
 * Without split folders, an image's split follows from a hash of its file name alone (SHA-256; 70 % train,
 * 15 % val, 15 % test): adding or removing images moves no other. Pictures of one scene under different names
 * may then land in different splits; where that matters, choose the splits with folders.
 *
 * @throws AreographError `dataset` if one of the three split folders is missing, or a class has no image
 */
export function readClassFolders(root: string, entries: readonly Dirent[]): Listing {
  const top = folderNames(root, entries);
  const splitByFolder = SPLITS.some((split) => top.includes(split));
  const found = splitByFolder
    ? SPLITS.flatMap((split) => imagesIn(root, top, split))
    : top.flatMap((name) =>
        imageNames(root, name).map((file) => ({
          className: name,
          file: `${name}/${file}`,
          split: splitOf(file),
        })),
      );

  const classes = [...new Set(found.map(({ className }) => className))].sort(byCodePoint);
  const labels = new Map(classes.map((name, label) => [name, label]));
  return {
    classes,
    splits: bySplit((split) =>
      found.flatMap((image): ListedExample[] => {
        const label = labels.get(image.className);
        return image.split === split && label !== undefined ? [{ file: image.file, label }] : [];
      }),
    ),
  };
}

/** The split of an image without split folders: the first 32 bits of its name's hash, as a fraction. */
export function splitOf(fileName: string): Split {
  const fraction = createHash('sha256').update(fileName).digest().readUInt32BE(0) / 2 ** 32;
  return fraction < 0.7 ? 'train' : fraction < 0.85 ? 'val' : 'test';
}

interface FoundImage {
  readonly className: string;
  readonly file: string;
  readonly split: Split;
}

function imagesIn(root: string, top: readonly string[], split: Split): FoundImage[] {
  if (!top.includes(split)) {
    throw new AreographError({
      code: 'dataset',
      where: join(root, split),
      expected: 'the folders train/, val/ and test/ side by side',
      found: `only ${SPLITS.filter((name) => top.includes(name)).join('/ and ')}/`,
      next: 'Add the folder, or remove this level so that the images are split by their names.',
    });
  }
  const folder = join(root, split);
  const classes = folderNames(folder, readdirSync(folder, { withFileTypes: true }));
  return classes.flatMap((className) =>
    imageNames(root, `${split}/${className}`).map((file) => ({
      className,
      file: `${split}/${className}/${file}`,
      split,
    })),
  );
}

function imageNames(root: string, folder: string): string[] {
  const names = readdirSync(join(root, folder))
    .filter((name) => !name.startsWith('.') && IMAGE_EXTENSIONS.has(extname(name).toLowerCase()))
    .sort(byCodePoint);
  if (names.length > 0) return names;
  throw new AreographError({
    code: 'dataset',
    where: join(root, folder),
    expected: `images (${[...IMAGE_EXTENSIONS].join(', ')})`,
    found: 'none in this class folder',
    next: 'Add images, remove the folder, or point to the folder that directly holds the class folders.',
  });
}

function folderNames(parent: string, entries: readonly Dirent[]): string[] {
  const isFolder = (entry: Dirent) =>
    entry.isDirectory() ||
    (entry.isSymbolicLink() &&
      statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() === true);
  return entries
    .filter((entry) => !entry.name.startsWith('.') && isFolder(entry))
    .map((entry) => entry.name)
    .sort(byCodePoint);
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
