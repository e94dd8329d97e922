/** A data set from the early days of another's train split, to choose recipes on without looking at test. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';
import { writeTextAtomic } from '../writeFile.ts';
import { readDataset, SPLITS, type Split } from './dataset.ts';
import { CLASS_NAMES_FILE, hasLists, LIST_LAYOUT, listFile } from './listLayout.ts';
import { type ListedImage, parseList } from './lists.ts';
import { parseMarsName } from './marsName.ts';

/** Of the later images val takes one in so many. It only chooses epochs; the others are measured by. */
const valEvery = 16;

export interface HeldOut {
  readonly train: number;
  readonly val: number;
  readonly test: number;
}

/**
 * Writes a folder in the MSL layout, with links to the images: train has those of train to a sol and on it; val and test
 * share the later ones of train and all of val. The images of test are left out. A network trained there meets later
 * days, other cameras and rarer classes, as one trained on all of train does on test.
 *
 * @param directory folder in the MSL layout
 * @param out a folder that is not there yet
 * @returns the images of each split
 * @throws AreographError 'dataset' for a folder in another layout, images without a sol in their names, or a sol that
 * leaves nothing on one side; 'run' if there is something at `out`
 */
export function writeHoldOut(directory: string, untilSol: number, out: string): HeldOut {
  readDataset(directory);
  if (!hasLists(readdirSync(directory, { withFileTypes: true }))) {
    throw new AreographError({
      code: 'dataset',
      where: directory,
      expected: `the layout of the Mars images: ${LIST_LAYOUT}`,
      found: 'another layout, which knows no Martian days',
      next: 'Give the folder of the Mars images; npm run fetch-data downloads them.',
    });
  }
  const train = imagesOf(directory, 'train');
  const early = train.filter((image) => solOf(image) <= untilSol);
  const lateTrain = train.filter((image) => solOf(image) > untilSol);
  if (early.length === 0 || lateTrain.length === 0) {
    const sols = train.map(solOf);
    throw new AreographError({
      code: 'dataset',
      where: `sol ${untilSol}`,
      expected: `a sol with images of train before and after it, which has ${Math.min(...sols)} to ${Math.max(...sols)}`,
      found: `${early.length} images to it, ${lateTrain.length} after it`,
      next: 'Give another sol.',
    });
  }
  const late = [...lateTrain, ...imagesOf(directory, 'val')];
  if (existsSync(out)) {
    throw new AreographError({
      code: 'run',
      where: out,
      expected: 'a folder that is not there yet',
      found: 'something of that name',
      next: 'Give another --out, or move it away.',
    });
  }
  const splits = {
    train: early,
    val: late.filter((_, i) => i % valEvery === 0),
    test: late.filter((_, i) => i % valEvery !== 0),
  };
  mkdirSync(out, { recursive: true });
  for (const folder of new Set([...early, ...late].map(({ file }) => file.split('/')[0] ?? file))) {
    symlinkSync(resolve(directory, folder), join(out, folder), 'junction');
  }
  writeTextAtomic(join(out, CLASS_NAMES_FILE), readFileSync(join(directory, CLASS_NAMES_FILE), 'utf8'));
  for (const split of SPLITS) {
    const lines = splits[split].map(({ file, id }) => `${file} ${id}\n`);
    writeTextAtomic(join(out, listFile(split)), lines.join(''));
  }
  return { train: splits.train.length, val: splits.val.length, test: splits.test.length };
}

function imagesOf(directory: string, split: Split): ListedImage[] {
  const list = join(directory, listFile(split));
  return parseList(readFileSync(list, 'utf8'), list);
}

function solOf({ file }: ListedImage): number {
  const name = parseMarsName(file);
  if (name !== undefined) return name.sol;
  throw new AreographError({
    code: 'dataset',
    where: file,
    expected: 'the name of a Mars product, which begins with its sol',
    found: 'another name',
    next: 'Give the folder of the Mars images.',
  });
}
