import type { Section } from '../../document/section.ts';
import type { ModelResults } from '../results.ts';

/** What the card's sections are written from. */
export interface CardContext {
  readonly results: ModelResults;
  /** Folder of the results as it is typed in commands. */
  readonly folder: string;
  /** Whether the shipped file is the one that server and command line take by default. */
  readonly isDefault: boolean;
}

export type WriteSection = (context: CardContext) => Promise<Section>;

/** A section without figures. */
export function text(markdown: string): Section {
  return { markdown, figures: [] };
}
