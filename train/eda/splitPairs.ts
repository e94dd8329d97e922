/** Splits two by two, and images as the report names them. */
import { cross } from 'd3-array';
import { SPLITS, type Split } from '../data/listing.ts';
import type { LabelledFile } from './schema.ts';

export interface SplitPair {
  readonly first: Split;
  readonly second: Split;
}

/** Train and val, train and test, val and test: what `facts` gives of each pair, with the pair. */
export function splitPairs<T>(facts: (pair: SplitPair) => T): (SplitPair & T)[] {
  return cross(SPLITS, SPLITS)
    .filter(([first, second]) => SPLITS.indexOf(first) < SPLITS.indexOf(second))
    .map(([first, second]) => ({ first, second, ...facts({ first, second }) }));
}

/** @throws Error for a label without a class */
export function labelledFile(
  { file, split, label }: { readonly file: string; readonly split: Split; readonly label: number },
  classes: readonly string[],
): LabelledFile {
  const name = classes[label];
  if (name === undefined) throw new Error(`${file} has label ${label} of ${classes.length} classes`);
  return { file, split, class: name };
}
