import type { Figure } from '../../document/figure.ts';
import { figurePath } from '../../document/figure.ts';
import type { Eda } from '../schema.ts';

/** A part of the report, with the figures that it refers to. */
export interface Section {
  readonly markdown: string;
  readonly figures: readonly Figure[];
}

/** The figures that show images of the data set, as SVG; null where there is nothing to show. */
export interface Pictures {
  readonly samples: string;
  readonly preprocessing: string;
  readonly acrossSplits: string | null;
  readonly conflicts: string | null;
}

/** @param pictures null if the report is to show no images */
export type WriteSection = (eda: Eda, pictures: Pictures | null) => Promise<Section>;

/** A figure's place in the text. */
export function show(file: string, description: string): string {
  return `![${description}](${figurePath(file)})`;
}

/** Paragraphs, without those that are empty. */
export function paragraphs(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join('\n\n');
}
