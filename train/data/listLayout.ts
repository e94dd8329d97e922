import { type Dirent, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';
import { systemCode } from './disk.ts';
import { bySplit, type ListedExample, type Listing, SPLITS, type Split } from './listing.ts';
import { parseClassNames, parseList } from './lists.ts';

/** The files of the MSL layout, as the publishers of the Mars images name them. */
export const CLASS_NAMES_FILE = 'msl_synset_words-indexed.txt';
export const listFile = (split: Split): string => `${split}-calibrated-shuffled.txt`;
export const LIST_LAYOUT = `${listFile('train')}, its val and test twins, and ${CLASS_NAMES_FILE}`;

/** Whether a folder is meant to be in the MSL layout; what is missing then is an error of its own. */
export function hasLists(entries: readonly Dirent[]): boolean {
  const names = new Set(entries.map((entry) => entry.name));
  return [CLASS_NAMES_FILE, ...SPLITS.map(listFile)].some((name) => names.has(name));
}

/**
 * Reads the lists of `root`. The map may name classes that have no image (of the 25 of the Mars images, `sun`
 * has none): those are left out, and the ids of the others become 0, 1, 2, … in the order of the ids.
 *
 * @throws AreographError `dataset` if a list is missing or malformed, a label is outside the map, or an image
 *   is listed twice: in two splits it would be trained on and tested on
 */
export function readLists(root: string): Listing {
  const names = parseClassNames(read(root, CLASS_NAMES_FILE), join(root, CLASS_NAMES_FILE));
  const lists = bySplit((split) => parseList(read(root, listFile(split)), join(root, listFile(split))));

  const namedIn = new Map<string, string>();
  for (const split of SPLITS) {
    for (const { file, id, line } of lists[split]) {
      const place = `${listFile(split)}, line ${line}`;
      if (!names.has(id)) throw unknownLabel(join(root, place), id, names);
      const earlier = namedIn.get(file);
      if (earlier !== undefined) throw listedTwice(join(root, place), file, earlier);
      namedIn.set(file, place);
    }
  }

  const used = new Set(SPLITS.flatMap((split) => lists[split].map(({ id }) => id)));
  const classes = [...names].filter(([id]) => used.has(id)).sort(([a], [b]) => a - b);
  const labels = new Map(classes.map(([id], label) => [id, label]));
  return {
    classes: classes.map(([, name]) => name),
    splits: bySplit((split) =>
      lists[split].flatMap(({ file, id, line }): ListedExample[] => {
        const label = labels.get(id);
        return label === undefined ? [] : [{ file, label, namedIn: `${listFile(split)}, line ${line}` }];
      }),
    ),
  };
}

function read(root: string, name: string): string {
  try {
    return readFileSync(join(root, name), 'utf8');
  } catch (error) {
    throw new AreographError(
      {
        code: 'dataset',
        where: join(root, name),
        expected: `one of the four files of a listed data set (${LIST_LAYOUT})`,
        found: systemCode(error) === 'ENOENT' ? 'no such file' : String(systemCode(error) ?? error),
        next: 'Fetch or unpack the data set again.',
      },
      { cause: error },
    );
  }
}

function unknownLabel(where: string, id: number, names: ReadonlyMap<number, string>): AreographError {
  const ids = [...names.keys()];
  return new AreographError({
    code: 'dataset',
    where,
    expected: `a class id that ${CLASS_NAMES_FILE} names (${ids.length} ids, ${Math.min(...ids)} to ${Math.max(...ids)})`,
    found: String(id),
    next: 'Correct the label, or name the class there.',
  });
}

function listedTwice(where: string, file: string, earlier: string): AreographError {
  return new AreographError({
    code: 'dataset',
    where,
    expected: 'each image listed once',
    found: `${file}, which ${earlier} already lists`,
    next: 'Remove one of the two lines.',
  });
}
