/** What a split is made of: classes, exposures, instruments and days, as the files' names tell. */
import { group, max, min, rollup } from 'd3-array';
import type { Example } from '../data/dataset.ts';
import { parseMarsName } from '../data/marsName.ts';
import type { SplitFacts } from './evaluation.ts';

/** For each image the position of its exposure, counted in the order in which exposures come. */
export function exposuresOf(examples: readonly Example[]): number[] {
  const positions = new Map<string, number>();
  return examples.map(({ file }) => {
    const exposure = parseMarsName(file)?.exposure ?? file;
    const position = positions.get(exposure) ?? positions.size;
    positions.set(exposure, position);
    return position;
  });
}

/** @param classes how many there are */
export function splitFacts(examples: readonly Example[], classes: number): SplitFacts {
  const byLabel = group(examples, ({ label }) => label);
  const sols = examples.flatMap(({ file }) => parseMarsName(file)?.sol ?? []);
  const [first, last] = [min(sols), max(sols)];
  return {
    ...counts(examples),
    sols: first === undefined || last === undefined ? null : { first, last },
    classes: Array.from({ length: classes }, (_, label) => counts(byLabel.get(label) ?? [])),
  };
}

function counts(examples: readonly Example[]): Omit<SplitFacts, 'sols' | 'classes'> {
  const named = examples.flatMap(({ file }) => parseMarsName(file) ?? []);
  return {
    images: examples.length,
    exposures: new Set(exposuresOf(examples)).size,
    instruments: Object.fromEntries(
      rollup(
        named,
        (images) => images.length,
        ({ instrument }) => instrument,
      ),
    ),
  };
}
