/** Early days to train on, later ones to be judged by. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDataset } from './dataset.ts';
import { failureOf, greyPng, listedFiles, temporaryFolder, writeFiles } from './fixtures.ts';
import { writeHoldOut } from './holdOut.ts';
import { CLASS_NAMES_FILE, listFile } from './listLayout.ts';

const nameOf = (sol: number, at: number) =>
  `calibrated/${`${sol}`.padStart(4, '0')}MR${`${at}`.padStart(9, '0')}0100000E01_DRCL.JPG`;

/** Images of the given sols, one each, of two classes. */
async function marsImages(sols: { train: number[]; val: number[]; test: number[] }): Promise<string> {
  const folder = temporaryFolder();
  const grey = await greyPng(100);
  let at = 0;
  for (const split of ['train', 'val', 'test'] as const) {
    const names = sols[split].map((sol) => {
      at += 1;
      return nameOf(sol, at);
    });
    writeFiles(folder, {
      ...Object.fromEntries(names.map((name) => [name, grey])),
      [listFile(split)]: names.map((name, i) => `${name} ${i % 2 === 0 ? 3 : 7}\n`).join(''),
    });
  }
  writeFiles(folder, { [CLASS_NAMES_FILE]: '3 dune\n7 big rock\n' });
  return folder;
}

const range = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

it('has the early days of train, judges by the later ones and val, and leaves test out', async () => {
  const directory = await marsImages({ train: range(1, 40), val: range(41, 24), test: range(65, 8) });
  const out = join(temporaryFolder(), 'early');
  expect(writeHoldOut(directory, 10, out)).toEqual({ train: 10, val: 4, test: 50 });
  const whole = readDataset(directory);
  const { classes, splits } = readDataset(out);
  expect(classes).toEqual(whole.classes);
  const solsOf = (split: typeof splits.train) =>
    split.map(({ file }) => Number(file.replace(/^.*[\\/]/, '').slice(0, 4)));
  expect(solsOf(splits.train)).toEqual(range(1, 10));
  expect([...solsOf(splits.val), ...solsOf(splits.test)].sort((a, b) => a - b)).toEqual(range(11, 54));
  const labels = new Map(
    [...whole.splits.train, ...whole.splits.val].map(({ file, label }) => [nameIn(file), label]),
  );
  for (const { file, label } of Object.values(splits).flat()) expect(label).toBe(labels.get(nameIn(file)));
  expect(readdirSync(join(out, 'calibrated'))).toHaveLength(72);
});

const nameIn = (file: string) => file.replace(/^.*[\\/]/, '');

it('is refused where there are no sols, no images on one side, or something there already', async () => {
  const directory = await marsImages({ train: range(1, 40), val: range(41, 24), test: [70] });
  const out = join(temporaryFolder(), 'early');
  expect((await failureOf(() => writeHoldOut(directory, 0, out))).problem).toMatchObject({
    where: 'sol 0',
    found: '0 images to it, 40 after it',
    expected: 'a sol with images of train before and after it, which has 1 to 40',
  });
  expect((await failureOf(() => writeHoldOut(directory, 40, out))).problem.found).toBe(
    '40 images to it, 0 after it',
  );
  expect(existsSync(out)).toBe(false);
  mkdirSync(out);
  expect((await failureOf(() => writeHoldOut(directory, 10, out))).problem).toMatchObject({ where: out });

  const listed = temporaryFolder();
  writeFiles(listed, await listedFiles({ train: 4, val: 2, test: 2 }));
  expect((await failureOf(() => writeHoldOut(listed, 10, out))).problem.expected).toBe(
    'the name of a Mars product, which begins with its sol',
  );
  const folders = temporaryFolder();
  const grey = await greyPng(1);
  writeFiles(folders, Object.fromEntries(range(0, 20).map((i) => [`a${i % 2}/${i}.png`, grey])));
  expect((await failureOf(() => writeHoldOut(folders, 10, out))).problem.found).toBe(
    'another layout, which knows no Martian days',
  );
});
