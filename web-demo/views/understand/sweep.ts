/** The probability of a class while a slider moves over its whole range. */
import type { RgbImage } from '../../../runtime/image.ts';
import { type Transformation, transform } from '../../images/transform.ts';
import type { Progress } from '../../ui/useRun.ts';
import type { AskedModel } from './askedModels.ts';
import type { Point } from './sweepChart.ts';
import { type Swept, sweeps } from './sweeps.ts';

/** @param still where the other sliders stay. @returns a point for each value and model */
export async function sweep(
  models: readonly AskedModel[],
  image: RgbImage,
  still: Transformation,
  swept: Swept,
  className: string,
  { report }: Progress,
): Promise<Point[]> {
  const points: Point[] = [];
  const { values } = sweeps[swept];
  for (const [i, value] of values.entries()) {
    const changed = transform(image, { ...still, [swept]: value });
    for (const { name, classes, predict } of models) {
      const probabilities = await predict(changed);
      const probability = probabilities[classes.indexOf(className)] ?? 0;
      points.push({ model: name, value, probability, first: probability === Math.max(...probabilities) });
    }
    report((i + 1) / values.length);
  }
  return points;
}
