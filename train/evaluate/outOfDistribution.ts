/** How well a model tells that an image shows none of its classes. */
import type { Answers } from './answers.ts';
import { mostProbable } from './calibration.ts';
import type { Evaluation, Outliers } from './evaluation.ts';
import { rounded } from './scoreSplit.ts';
import { separation } from './separation.ts';

type Known = Readonly<Record<'val' | 'test', Answers>>;

/**
 * @param others answers for pictures that show none of the classes, at least one of each set
 * @param threshold of the file: an energy above it says that an image shows none of the classes
 */
export function outOfDistribution(
  known: Known,
  others: readonly (readonly [string, Answers])[],
  threshold: number | undefined,
): Evaluation['outOfDistribution'] {
  const detected = ({ energies }: Answers) =>
    threshold === undefined ? null : energies.filter((energy) => energy > threshold).length / energies.length;
  return {
    falselyDetected: { val: detected(known.val), test: detected(known.test) },
    sets: others.map(([name, answers]) => ({
      name,
      energies: answers.energies.map(rounded),
      confidences: confidencesOf(answers).map(rounded),
      val: against(known.val, answers),
      test: against(known.test, answers),
      detected: detected(answers),
    })),
  };
}

function against(known: Answers, others: Answers): Outliers['val'] {
  // The lower the energy, the more an image is like those of training.
  const familiarity = ({ energies }: Answers) => energies.map((energy) => -energy);
  return {
    energy: separation(familiarity(known), familiarity(others)),
    confidence: separation(confidencesOf(known), confidencesOf(others)),
  };
}

function confidencesOf({ probabilities }: Answers): number[] {
  return probabilities.map((row) => mostProbable(row).confidence);
}
