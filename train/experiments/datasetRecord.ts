/** What a study keeps of its images: no pixels, only what its measures need. */

import type { Dataset } from '../data/dataset.ts';
import { bySplit } from '../data/listing.ts';
import { parseMarsName } from '../data/marsName.ts';
import type { DatasetRecord } from './result.ts';

export function datasetRecord({ name, fingerprint, synthetic, classes, splits }: Dataset): DatasetRecord {
  return {
    name,
    fingerprint,
    synthetic,
    classes: [...classes],
    splits: bySplit((split) => ({
      labels: splits[split].map(({ label }) => label),
      sols: splits[split].map(({ file }) => parseMarsName(file)?.sol ?? null),
    })),
  };
}
