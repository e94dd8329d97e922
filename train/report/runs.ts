/** What tables and figures ask of a study's results. */
import type { Split } from '../data/listing.ts';
import { type Measures, measure } from '../experiments/measures.ts';
import type { Result } from '../experiments/result.ts';
import type { StudyResults } from '../experiments/studyResults.ts';

/** Finished runs of a variant, by seed; of the given seeds only, where an experiment asks for some. */
export function runsOf({ results }: StudyResults, variant: string, seeds?: readonly number[]): Result[] {
  return results
    .filter((result) => result.variant === variant && (seeds === undefined || seeds.includes(result.seed)))
    .sort((a, b) => a.seed - b.seed);
}

/** How good a run's predictions of a split are. */
export function measuresOf({ dataset }: StudyResults, { splits }: Result, split: Split): Measures {
  return measure(dataset.splits[split].labels, splits[split].predictions, dataset.classes.length);
}

/** Images of each class in a split. */
export function countsOf({ dataset }: StudyResults, split: Split): number[] {
  const counts = new Array<number>(dataset.classes.length).fill(0);
  for (const label of dataset.splits[split].labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Names of the classes, those with the most training images first. */
export function classesByTraining(study: StudyResults): string[] {
  const counts = countsOf(study, 'train');
  const named = study.dataset.classes.map((name, label) => ({ name, count: counts[label] ?? 0 }));
  return named.sort((a, b) => b.count - a.count).map(({ name }) => name);
}

/** Accuracy on a split of always answering the class with the most training images: what costs nothing. */
export function majorityAccuracy(study: StudyResults, split: Split): number {
  const train = countsOf(study, 'train');
  const counts = countsOf(study, split);
  const majority = train.indexOf(Math.max(...train));
  return (counts[majority] ?? 0) / study.dataset.splits[split].labels.length;
}
