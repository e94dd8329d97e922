import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitOf } from './classFolders.ts';
import { readDataset, SPLITS, SYNTHETIC_MARKER } from './dataset.ts';
import { failureOf, listedFiles, temporaryFolder, writeFiles } from './fixtures.ts';

const COUNTS = { train: 4, val: 2, test: 2 };

async function listedFolder(): Promise<string> {
  const folder = join(temporaryFolder(), 'tiny');
  writeFiles(folder, await listedFiles(COUNTS));
  return folder;
}

describe('the MSL list layout', () => {
  it('maps ids to dense labels in id order, without the classes that have no image', async () => {
    const folder = await listedFolder();
    const dataset = readDataset(folder);
    expect(dataset).toMatchObject({ directory: folder, name: 'tiny', synthetic: false });
    expect(dataset.classes).toEqual(['dune', 'big rock']);
    expect(dataset.splits.train.map(({ label }) => label)).toEqual([0, 1, 0, 1]);
    expect(dataset.splits.val[1]?.file).toBe(join(folder, 'calibrated/val 1.png'));
  });

  it('keeps a class that only the last split has', async () => {
    const folder = await listedFolder();
    writeFiles(folder, {
      'test-calibrated-shuffled.txt': 'calibrated/test 0.png 5\ncalibrated/test 1.png 7\n',
    });
    const dataset = readDataset(folder);
    expect(dataset.classes).toEqual(['dune', 'sun', 'big rock']);
    expect(dataset.splits.test.map(({ label }) => label)).toEqual([1, 2]);
  });

  it('says where and how a list is wrong', async () => {
    const train = 'train-calibrated-shuffled.txt';
    const val = 'val-calibrated-shuffled.txt';
    const cases: [files: Record<string, string>, where: string, message: RegExp][] = [
      [{ [train]: 'calibrated/train 0.png 3\ncalibrated/train 1.png\n' }, `${train}, line 2`, /FILE ID/],
      [{ [train]: 'calibrated/train 0.png 4\n' }, `${train}, line 1`, /3 ids, 3 to 7\), found 4/],
      [
        { [val]: 'calibrated/train 1.png 3\n' },
        `${val}, line 1`,
        /train-calibrated-shuffled.txt, line 2 already/,
      ],
      [{ [val]: '\n' }, '', /none in val/],
      [{ 'msl_synset_words-indexed.txt': 'x\n' }, 'msl_synset_words-indexed.txt, line 1', /ID NAME/],
      [{ [train]: 'calibrated/train 0.png 3\nno.png 7\n' }, `${train}, line 2`, /the image no.png.*1 of 6 /],
    ];
    for (const [files, where, message] of cases) {
      const folder = await listedFolder();
      writeFiles(folder, files);
      const error = await failureOf(() => readDataset(folder));
      expect(error.code).toBe('dataset');
      expect(error.problem.where).toBe(where ? join(folder, where) : folder);
      expect(error.message).toMatch(message);
    }
  });

  it('counts every missing image, but names few', async () => {
    const folder = await listedFolder();
    rmSync(join(folder, 'calibrated'), { recursive: true });
    const error = await failureOf(() => readDataset(folder));
    expect(error.problem.found).toBe(
      'no such file; nor calibrated/train 1.png, calibrated/train 2.png and 5 more',
    );
    expect(error.problem.next).toMatch(/^8 of 8 images/);
  });

  it('takes a folder under an image name for a missing image', async () => {
    const folder = await listedFolder();
    rmSync(join(folder, 'calibrated/train 0.png'));
    mkdirSync(join(folder, 'calibrated/train 0.png'));
    expect((await failureOf(() => readDataset(folder))).message).toMatch(/train 0\.png, found no such file/);
  });

  it('names the list or map that is not there', async () => {
    for (const name of ['val-calibrated-shuffled.txt', 'msl_synset_words-indexed.txt']) {
      const folder = await listedFolder();
      rmSync(join(folder, name));
      expect((await failureOf(() => readDataset(folder))).problem.where).toBe(join(folder, name));
    }
  });

  it('needs two classes with images', async () => {
    const folder = await listedFolder();
    const only = Object.fromEntries(
      SPLITS.map((split) => [`${split}-calibrated-shuffled.txt`, `calibrated/${split} 0.png 3\n`]),
    );
    writeFiles(folder, only);
    expect((await failureOf(() => readDataset(folder))).message).toMatch(/at least 2 classes.*found 1: dune/);
  });
});

describe('class folders', () => {
  it('reads train/, val/ and test/, in an order that no locale changes', () => {
    const folder = temporaryFolder();
    writeFiles(folder, {
      'train/b/2.png': 'x',
      'train/b/10.JPG': 'x',
      'train/Z/1.jpeg': 'x',
      'val/b/1.png': 'x',
      'test/ä/1.webp': 'x',
      'train/b/notes.txt': 'x',
      'train/b/.hidden.png': 'x',
      'train/.cache/1.png': 'x',
      'README.md': 'x',
    });
    const { classes, splits } = readDataset(folder);
    expect(classes).toEqual(['Z', 'b', 'ä']);
    expect(splits.train.map(({ file }) => file.slice(folder.length))).toEqual([
      '/train/Z/1.jpeg',
      '/train/b/10.JPG',
      '/train/b/2.png',
    ]);
    expect(splits.test).toEqual([{ file: join(folder, 'test/ä/1.webp'), label: 2 }]);
  });

  it('splits plain class folders by file name: the same for ever, about 70/15/15', () => {
    const folder = temporaryFolder();
    const names = Array.from({ length: 2000 }, (_, i) => `image-${i}.png`);
    const count = (split: string) => names.filter((name) => splitOf(name) === split).length / names.length;
    expect(count('train')).toBeCloseTo(0.7, 1);
    expect(count('val')).toBeCloseTo(0.15, 1);
    expect(count('test')).toBeCloseTo(0.15, 1);

    // By hand: the first byte of the SHA-256 decides here, 0.70 * 256 = 179.2 and 0.85 * 256 = 217.6.
    for (const name of names.slice(0, 20)) {
      const byte = createHash('sha256').update(name).digest()[0] ?? 0;
      if (byte < 179) expect(splitOf(name)).toBe('train');
      if (byte > 179 && byte < 217) expect(splitOf(name)).toBe('val');
      if (byte > 217) expect(splitOf(name)).toBe('test');
    }

    writeFiles(
      folder,
      Object.fromEntries(names.slice(0, 60).map((name, i) => [`${'ab'[i % 2]}/${name}`, 'x'])),
    );
    const before = readDataset(folder);
    writeFiles(folder, { 'a/another.png': 'x' });
    const after = readDataset(folder);
    for (const split of SPLITS) {
      expect(after.splits[split]).toEqual(expect.arrayContaining([...before.splits[split]]));
    }
  });

  it('says what is wrong with the folders', async () => {
    const cases: [files: Record<string, string>, where: string, message: RegExp][] = [
      [{ 'train/a/1.png': 'x', 'val/a/1.png': 'x' }, 'test', /found only train\/ and val\//],
      [{ 'a/1.png': 'x', 'b/notes.txt': 'x' }, 'b', /none in this class folder/],
      [
        { 'train/a/1.png': 'x', 'train/b/n.txt': '', 'val/a/1.png': 'x', 'test/a/1.png': 'x' },
        'train/b',
        /none/,
      ],
      [{ 'a/1.png': 'x' }, '', /none in/],
      [
        { 'notes.txt': 'x' },
        '',
        /train-calibrated-shuffled.txt.*one folder of images per class.*found notes.txt/,
      ],
      [{}, '', /found an empty folder/],
    ];
    for (const [files, where, message] of cases) {
      const folder = temporaryFolder();
      writeFiles(folder, files);
      const error = await failureOf(() => readDataset(folder));
      expect(error.code).toBe('dataset');
      expect(error.problem.where).toBe(join(folder, where));
      expect(error.message).toMatch(message);
    }
  });

  it('names a folder that is not there, or is a file', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { file: 'x' });
    expect((await failureOf(() => readDataset(join(folder, 'no')))).problem.found).toBe('no such folder');
    expect((await failureOf(() => readDataset(join(folder, 'file')))).problem.found).toBe('a file');
  });
});

describe('the fingerprint', () => {
  it('is the same elsewhere and at another time', async () => {
    const folder = await listedFolder();
    const before = readDataset(folder).fingerprint;
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    const moved = join(temporaryFolder(), 'elsewhere');
    cpSync(folder, moved, { recursive: true });
    utimesSync(join(moved, 'calibrated/train 0.png'), 1, 1);
    expect(readDataset(moved).fingerprint).toBe(before);
  });

  it('changes with a size, a label, a split, a name, the order and a class', async () => {
    const train = 'train-calibrated-shuffled.txt';
    const lines = (await listedFiles(COUNTS))[train]?.toString().trim().split('\n') ?? [];
    const changes: ((folder: string) => void)[] = [
      () => {},
      (folder) => writeFileSync(join(folder, 'calibrated/train 0.png'), 'other bytes'),
      (folder) => writeFiles(folder, { [train]: lines.join('\n').replace('0.png 3', '0.png 7') }),
      (folder) => writeFiles(folder, { [train]: lines.slice(1).join('\n') }),
      (folder) => writeFiles(folder, { [train]: [...lines].reverse().join('\n') }),
      (folder) => writeFiles(folder, { 'msl_synset_words-indexed.txt': '3  dune\n7  rock\n' }),
      (folder) => {
        renameSync(join(folder, 'calibrated/train 0.png'), join(folder, 'calibrated/renamed.png'));
        writeFiles(folder, { [train]: lines.join('\n').replace('train 0.png', 'renamed.png') });
      },
    ];
    const fingerprints = new Set<string>();
    for (const change of changes) {
      const folder = await listedFolder();
      change(folder);
      fingerprints.add(readDataset(folder).fingerprint);
    }
    expect(fingerprints.size).toBe(changes.length);
  });
});

it('believes the marker of a drawn set, and refuses a damaged one', async () => {
  const folder = await listedFolder();
  writeFiles(folder, { [SYNTHETIC_MARKER]: JSON.stringify({ name: 'drawn', version: 1 }) });
  expect(readDataset(folder)).toMatchObject({ name: 'drawn', synthetic: true });
  writeFiles(folder, { [SYNTHETIC_MARKER]: '{}' });
  expect((await failureOf(() => readDataset(folder))).problem.where).toBe(join(folder, SYNTHETIC_MARKER));
});

const { MSL_IMAGES: realImages } = process.env;
const missing = !realImages || !existsSync(realImages);
if (missing)
  console.warn('\n!!!! SKIPPED: tests on the Mars images, since MSL_IMAGES names no folder !!!!\n');
describe.skipIf(missing)('the Mars images', () => {
  it('are read whole, without the class sun, in well under a second', () => {
    const start = performance.now();
    const { classes, splits, synthetic } = readDataset(realImages ?? '');
    expect(performance.now() - start).toBeLessThan(1000);
    expect(SPLITS.map((split) => splits[split].length)).toEqual([3746, 1640, 1305]);
    expect(classes).toHaveLength(24);
    expect(classes).not.toContain('sun');
    expect(classes.slice(21)).toEqual(['scoop', 'turret', 'wheel']);
    expect(synthetic).toBe(false);
    // The first line of the training list, id 15, stays 15; the 23rd class is id 23 without 22.
    expect(splits.train[0]?.label).toBe(15);
  });
});
