/** What a model says of an image. */
import type { Score } from '../runtime/classification.ts';
import type { OutOfDistribution } from '../runtime/outOfDistribution.ts';
import type { Backend } from './inference/backend.ts';

export interface Answer {
  /** The highest first. */
  readonly scores: readonly Score[];
  /** Where the model can tell. */
  readonly outOfDistribution?: OutOfDistribution;
  readonly milliseconds: number;
  readonly backend: Backend;
}

/** An answer, or why there is none, in words for the user. */
export type Outcome = Answer | { readonly failure: string };

export function isAnswer(outcome: Outcome): outcome is Answer {
  return 'scores' in outcome;
}
