import type { ChartSpec } from '../../../chart/chart.ts';
import { splitColours } from '../../document/splitColours.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { runsOf } from '../runs.ts';

/** On a logarithmic axis of any range. */
const lossTicks = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

const measures = {
  accuracy: { title: 'accuracy (%)', scale: { type: 'linear', zero: true }, axis: { tickCount: 4 } },
  // Over-confident errors cost many times what is lost in training.
  loss: {
    title: 'cross-entropy (logarithmic)',
    scale: { type: 'log' },
    axis: { values: lossTicks },
  },
} as const;

/** Below what is drawn on a logarithmic axis: a loss can be rounded to 0. */
const leastLoss = 1e-4;

/**
 * Accuracy and loss by epoch, a row for each variant, a line for each seed; the epoch whose weights were kept has a
 * circle. The training curve is that of the steps themselves, with dropout on and while the weights change.
 *
 * @param variants from top to bottom; those that have not run are left out
 */
export function learningCurves(study: StudyResults, variants: readonly string[]): ChartSpec {
  const values = variants
    .flatMap((variant) => runsOf(study, variant))
    .flatMap(({ variant, seed, epochs, bestEpoch }) =>
      epochs.flatMap(({ epoch, train, val }) =>
        Object.entries({ train, val }).map(([split, { accuracy, loss }]) => ({
          variant,
          seed,
          epoch,
          split,
          kept: split === 'val' && epoch === bestEpoch,
          accuracy: 100 * accuracy,
          loss: Math.max(leastLoss, loss),
        })),
      ),
    );
  return {
    description: `Accuracy and loss by epoch on train and val, of ${variants.join(', ')}`,
    data: { values },
    hconcat: (['accuracy', 'loss'] as const).map((measure) => ({
      title: measures[measure].title,
      facet: {
        row: {
          field: 'variant',
          type: 'nominal',
          sort: [...variants],
          title: null,
          header: { labelOrient: 'top', labelAnchor: 'start', labelPadding: 4 },
        },
      },
      // Rows of both columns stand at one height, whatever their labels need.
      bounds: 'flush' as const,
      spacing: 44,
      spec: {
        width: 310,
        height: 110,
        encoding: {
          x: {
            field: 'epoch',
            type: 'quantitative',
            title: 'epoch',
            axis: { tickMinStep: 1, format: 'd', grid: false },
          },
          y: {
            field: measure,
            type: 'quantitative',
            title: null,
            scale: measures[measure].scale,
            axis: measures[measure].axis,
          },
          color: {
            field: 'split',
            type: 'nominal',
            title: null,
            scale: { domain: ['train', 'val'], range: [splitColours.train, splitColours.val] },
            legend: { orient: 'top', offset: 10, symbolType: 'stroke', symbolStrokeWidth: 3 },
          },
        },
        layer: [
          {
            mark: { type: 'line', strokeWidth: 1.5 },
            encoding: {
              detail: { field: 'seed', type: 'nominal' },
              strokeDash: {
                field: 'split',
                type: 'nominal',
                scale: {
                  domain: ['train', 'val'],
                  range: [
                    [1, 0],
                    [5, 2],
                  ],
                },
                title: null,
              },
            },
          },
          {
            transform: [{ filter: 'datum.kept' }],
            mark: { type: 'point', size: 36, filled: true, opacity: 1 },
          },
        ],
      },
    })),
    spacing: 28,
  };
}
