/** From a data set to its report on disk. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { group } from 'd3-array';
import type { Dataset } from '../data/dataset.ts';
import { asStorageError } from '../data/disk.ts';
import { writeDocument } from '../document/page.ts';
import { writeFileAtomic } from '../writeFile.ts';
import { analyse } from './analyse.ts';
import { pairSheet } from './figures/pairSheet.ts';
import { preprocessingSteps } from './figures/preprocessingSteps.ts';
import { sampleGrid } from './figures/sampleGrid.ts';
import { observe } from './observe.ts';
import { edaReport } from './report.ts';
import { type Eda, edaSchema, type SimilarPair } from './schema.ts';
import type { Pictures } from './sections/section.ts';

const next = 'Make room, or choose another folder with --out, and run the command again.';

/** Pairs on a sheet. */
const picturedPairs = 9;

export interface ExploreOptions {
  /** The folder that the report is written to; made if it is not there. */
  readonly out: string;
  /** Whether figures may show images of the data set. */
  readonly images: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Measures a data set and writes `eda.json`, `eda.md`, `eda.html` and `figures/`. Images that cannot be read are named
 * in the report.
 *
 * @throws AreographError 'dataset' if of some split no image can be read; 'storage' if the folder cannot be written to
 */
export async function explore(dataset: Dataset, { out, images, onProgress }: ExploreOptions): Promise<Eda> {
  // Where nothing can be written there is nothing to measure for.
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw asStorageError(error, out, 0, next);
  }
  const eda = edaSchema.parse(analyse(dataset, await observe(dataset, onProgress)));
  const report = await edaReport(eda, images ? await picture(dataset, eda) : null);
  const json = new TextEncoder().encode(`${JSON.stringify(eda, null, 2)}\n`);
  writeFileAtomic(join(out, 'eda.json'), [json], next);
  writeDocument(out, { name: 'eda', ...report });
  return eda;
}

async function picture(dataset: Dataset, { duplicates }: Eda): Promise<Pictures> {
  const sheet = (pairs: readonly SimilarPair[], description: string) =>
    pairs.length === 0 ? null : pairSheet(dataset.directory, pairs, description);
  return {
    samples: await sampleGrid(dataset),
    preprocessing: await preprocessingSteps(dataset),
    acrossSplits: await sheet(varied(duplicates.acrossSplits), 'Pairs of near-duplicates in two splits.'),
    conflicts: await sheet(varied(duplicates.conflicts), 'Pairs of near-duplicates with different labels.'),
  };
}

/** The first pair of each two classes, and the first of the others where there is room. */
function varied(pairs: readonly SimilarPair[]): SimilarPair[] {
  const kinds = group(pairs, ({ first, second }) => [first.class, second.class].sort().join('/'));
  const firsts = [...kinds.values()].flatMap((members) => members.slice(0, 1));
  const others = pairs.filter((pair) => !firsts.includes(pair));
  return [...firsts, ...others].slice(0, picturedPairs);
}
