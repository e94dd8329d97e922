/** When and by which camera the images were taken, and which are of one exposure: from the files' names. */
import { group } from 'd3-array';
import { bySplit, SPLITS } from '../data/listing.ts';
import { MARS_INSTRUMENTS, type MarsName } from '../data/marsName.ts';
import type { Observation } from './observe.ts';
import type { Eda } from './schema.ts';
import { splitPairs } from './splitPairs.ts';
import { countBySplit, histogramOf, total } from './summarise.ts';

type Named = Observation & { readonly name: MarsName };

const solsPerBin = 20;

/** @returns null if no name follows a convention that is known */
export function nameFacts(images: readonly Observation[]): Eda['names'] {
  const named = images.filter((image): image is Named => image.name !== undefined);
  if (named.length === 0) return null;
  const sols = bySplit(
    (split) => new Set(named.filter((image) => image.split === split).map(({ name }) => name.sol)),
  );
  const last = Math.max(...SPLITS.flatMap((split) => [...sols[split]]));
  const bins = Math.floor(last / solsPerBin) + 1;
  return {
    unnamed: images.length - named.length,
    sols: bySplit((split) => {
      const days = [...sols[split]];
      if (days.length === 0) return null;
      return { first: Math.min(...days), last: Math.max(...days), days: days.length };
    }),
    sharedSols: splitPairs(({ first, second }) => ({
      days: [...sols[first]].filter((sol) => sols[second].has(sol)).length,
    })),
    solHistogram: histogramOf(named, ({ name }) => name.sol, { low: 0, high: bins * solsPerBin, bins }),
    instruments: Object.values(MARS_INSTRUMENTS)
      .map((instrument) => ({
        instrument,
        images: countBySplit(named.filter(({ name }) => name.instrument === instrument)),
      }))
      .filter((item) => total(item.images) > 0),
    exposures: exposuresOf(named),
  };
}

function exposuresOf(named: readonly Named[]) {
  const exposures = [...group(named, ({ name }) => name.exposure).values()];
  const repeated = exposures.filter((files) => files.length > 1);
  return {
    number: exposures.length,
    repeated: repeated.length,
    repeatedImages: repeated.reduce((sum, files) => sum + files.length, 0),
    acrossSplits: repeated.filter((files) => new Set(files.map(({ split }) => split)).size > 1).length,
  };
}
