/** A measure over the seeds of a recipe. */
import { extent } from 'd3-array';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { type Summary, summarize } from '../experiments/statistics.ts';
import type { ModelResults } from './results.ts';

export interface OverSeeds {
  readonly summary: Summary | null;
  readonly least: number;
  readonly most: number;
}

/** @param value of a run; runs for which it is null are left out */
export function overSeeds(
  { runs }: Pick<ModelResults, 'runs'>,
  value: (evaluation: Evaluation) => number | null,
): OverSeeds {
  const values = runs.flatMap(({ evaluation }) => value(evaluation) ?? []);
  const [least = Number.NaN, most = Number.NaN] = extent(values);
  return { summary: summarize(values), least, most };
}
