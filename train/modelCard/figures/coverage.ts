import type { ChartSpec } from '../../../chart/chart.ts';
import { splitColours } from '../../document/splitColours.ts';
import type { Evaluation } from '../../evaluate/evaluation.ts';

const names = ['val', 'test'] as const;

/** Accuracy of the most confident images against their share, in percent, on val and test; a point at confidence 0.9. */
export function coverageFigure({ splits }: Evaluation): ChartSpec {
  const point = (split: string, { coverage, accuracy }: { coverage: number; accuracy: number }) => ({
    split,
    coverage: 100 * coverage,
    accuracy: 100 * accuracy,
  });
  return {
    description: 'Accuracy against coverage on val and test',
    width: 560,
    height: 260,
    encoding: {
      x: {
        field: 'coverage',
        type: 'quantitative',
        title: 'coverage (% of the images)',
        scale: { domain: [0, 100] },
      },
      y: { field: 'accuracy', type: 'quantitative', title: 'accuracy (%)', scale: { domain: [0, 100] } },
      color: {
        field: 'split',
        type: 'nominal',
        title: null,
        scale: { domain: [...names], range: names.map((split) => splitColours[split]) },
      },
    },
    layer: [
      {
        data: {
          values: names.flatMap((split) => splits[split].coverage.curve.map((at) => point(split, at))),
        },
        mark: { type: 'line', strokeWidth: 2 },
      },
      {
        data: {
          values: names.flatMap((split) => {
            const { at90 } = splits[split].coverage;
            return at90 === null ? [] : [point(split, at90)];
          }),
        },
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
      },
    ],
  };
}
