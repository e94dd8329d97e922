/** Predictions as a table for spreadsheets and data frames. */

import { csv } from '../../csv.ts';
import type { Answer } from '../../outcome.ts';

export interface PredictionRow {
  readonly image: string;
  readonly model: string;
  /** None if the model could not answer: its cells are empty. */
  readonly answer: Pick<Answer, 'scores' | 'outOfDistribution' | 'milliseconds'> | undefined;
}

/**
 * One line for each row: image, model, top class, its probability, abstained (true, false), out of distribution (true,
 * false, or empty if the model cannot tell), milliseconds, then the probability of each class that any of the models has, with all its digits.
 *
 * @param threshold a top class below this probability is an abstention
 */
export function predictionsCsv(rows: readonly PredictionRow[], threshold: number): string {
  const classes = [
    ...new Set(rows.flatMap(({ answer }) => answer?.scores.map((score) => score.class) ?? [])),
  ].sort();
  const header = [
    'image',
    'model',
    'top class',
    'probability',
    'abstained',
    'out of distribution',
    'milliseconds',
    ...classes,
  ];
  const lines = rows.map(({ image, model, answer }) => {
    const [top] = answer?.scores ?? [];
    const probabilities = new Map(answer?.scores.map((score) => [score.class, score.probability]));
    return [
      image,
      model,
      top?.class ?? '',
      top?.probability ?? '',
      top === undefined ? '' : String(top.probability < threshold),
      String(answer?.outOfDistribution?.detected ?? ''),
      answer?.milliseconds ?? '',
      ...classes.map((name) => probabilities.get(name) ?? ''),
    ];
  });
  return csv([header, ...lines]);
}
