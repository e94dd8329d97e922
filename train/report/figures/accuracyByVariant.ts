import type { ChartSpec } from '../../../chart/chart.ts';
import { palette } from '../../../chart/theme.ts';
import type { Split } from '../../data/listing.ts';
import { splitColours } from '../../document/splitColours.ts';
import { summarize } from '../../experiments/statistics.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { majorityAccuracy, measuresOf, runsOf } from '../runs.ts';

export interface AccuracyChoice {
  /** From top to bottom. */
  readonly variants: readonly string[];
  /** A panel each. */
  readonly splits: readonly Split[];
  /** Those of an experiment; all that were run unless given. */
  readonly seeds?: readonly number[];
  /** Whether to draw what always answering train's largest class gives, as a dashed line. */
  readonly majority: boolean;
}

/**
 * Accuracy of variants, in percent, in a panel for each split: a small circle for each seed, a large point for their
 * mean, a bar for its 95 % interval (Student's t over seeds, cut off at 0 and 100 %). Variants that have not run say so.
 */
export function accuracyByVariant(
  study: StudyResults,
  { variants, splits, seeds, majority }: AccuracyChoice,
): ChartSpec {
  const scale = { zero: false, nice: true } as const;
  return {
    description: `Accuracy on ${splits.join(', ')} of ${variants.join(', ')}: seeds, means and 95 % intervals`,
    hconcat: splits.map((split, panel) => {
      const runs = variants.map((variant) => ({
        variant,
        accuracies: runsOf(study, variant, seeds).map((run) => 100 * measuresOf(study, run, split).accuracy),
      }));
      const single = runs.flatMap(({ variant, accuracies }) =>
        accuracies.map((accuracy) => ({ variant, accuracy })),
      );
      const means = runs.flatMap(({ variant, accuracies }) => {
        const { mean, interval } = summarize(accuracies) ?? {};
        if (mean === undefined) return [];
        return {
          variant,
          mean,
          label: mean.toFixed(1),
          low: Math.max(0, interval?.low ?? mean),
          high: Math.min(100, interval?.high ?? mean),
        };
      });
      const missing = runs
        .filter(({ accuracies }) => accuracies.length === 0)
        .map(({ variant }) => ({ variant }));
      const color = splitColours[split];
      return {
        title: split,
        width: splits.length > 2 ? 180 : 270,
        height: { step: 40 },
        encoding: {
          y: {
            field: 'variant',
            type: 'nominal',
            scale: { domain: [...variants] },
            title: null,
            axis: panel === 0 ? { ticks: false, domain: false, labelPadding: 6 } : null,
          },
        },
        layer: [
          {
            data: { values: majority ? [{ majority: 100 * majorityAccuracy(study, split) }] : [] },
            mark: { type: 'rule', strokeDash: [4, 3], color: palette.axis.light },
            encoding: {
              x: { field: 'majority', type: 'quantitative' },
              y: { value: 0 },
              y2: { value: 'height' },
            },
          },
          {
            data: { values: means },
            mark: { type: 'rule', strokeWidth: 3, color, strokeOpacity: 0.5 },
            encoding: {
              x: { field: 'low', type: 'quantitative', scale, title: 'accuracy (%)', axis: { tickCount: 5 } },
              x2: { field: 'high' },
            },
          },
          {
            data: { values: means },
            mark: { type: 'point', filled: true, size: 80, color, opacity: 1 },
            encoding: { x: { field: 'mean', type: 'quantitative' } },
          },
          {
            data: { values: means },
            mark: { type: 'text', dy: -12, fontSize: 11 },
            encoding: { x: { field: 'mean', type: 'quantitative' }, text: { field: 'label' } },
          },
          {
            data: { values: single },
            mark: {
              type: 'point',
              size: 24,
              yOffset: 10,
              color: palette.muted.light,
              strokeWidth: 1,
              opacity: 1,
            },
            encoding: { x: { field: 'accuracy', type: 'quantitative' } },
          },
          {
            data: { values: missing },
            mark: {
              type: 'text',
              text: 'not run',
              x: 'width',
              align: 'right',
              fontStyle: 'italic',
              color: palette.muted.light,
            },
          },
        ],
      };
    }),
    spacing: 18,
    resolve: { scale: { x: 'shared', y: 'shared' } },
  };
}
