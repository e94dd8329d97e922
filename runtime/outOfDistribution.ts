/** Whether an image is one that a model can say anything of: what it has learned are its classes, and nothing else. */
import type { ModelDescription, Prediction } from './classifier.ts';

export interface OutOfDistribution {
  /** What is held against the threshold. */
  readonly score: 'energy';
  /** Of the image. */
  readonly energy: number;
  readonly threshold: number;
  /** Whether the energy is above the threshold: the image is taken for none of the classes. */
  readonly detected: boolean;
}

/** @returns undefined where the model has no threshold, or gives no energy */
export function outOfDistribution(
  { energyThreshold: threshold }: Pick<ModelDescription, 'energyThreshold'>,
  { energy }: Pick<Prediction, 'energy'>,
): OutOfDistribution | undefined {
  if (threshold === undefined || energy === undefined) return undefined;
  return { score: 'energy', energy, threshold, detected: energy > threshold };
}
