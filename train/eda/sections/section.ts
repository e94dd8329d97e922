import type { Section } from '../../document/section.ts';
import type { Eda } from '../schema.ts';

/** The figures that show images of the data set, as SVG; null where there is nothing to show. */
export interface Pictures {
  readonly samples: string;
  readonly preprocessing: string;
  readonly acrossSplits: string | null;
  readonly conflicts: string | null;
}

/** @param pictures null if the report is to show no images */
export type WriteSection = (eda: Eda, pictures: Pictures | null) => Promise<Section>;
