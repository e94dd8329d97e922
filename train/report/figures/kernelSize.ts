import type { ChartSpec } from '../../../chart/chart.ts';
import { palette } from '../../../chart/theme.ts';
import { splitColours } from '../../document/splitColours.ts';
import type { ExperimentRecord } from '../../experiments/result.ts';
import { summarize } from '../../experiments/statistics.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { measuresOf, runsOf } from '../runs.ts';

/**
 * Test accuracy by kernel size, in percent, and against its cost: mean and 95 % interval over seeds (Student's t, cut
 * off at 0 and 100 %), a circle for each seed; on the right the same means against FLOPs of one image.
 */
export function kernelSize(study: StudyResults, { variants, seeds }: ExperimentRecord): ChartSpec {
  const runs = variants.map((variant) => ({
    variant,
    megaflops: (study.study.variants[variant]?.flops ?? 0) / 1e6,
    accuracies: runsOf(study, variant, seeds).map((run) => 100 * measuresOf(study, run, 'test').accuracy),
  }));
  const single = runs.flatMap(({ variant, accuracies }) =>
    accuracies.map((accuracy) => ({ variant, accuracy })),
  );
  const means = runs.flatMap(({ variant, megaflops, accuracies }) => {
    const { mean, interval } = summarize(accuracies) ?? {};
    if (mean === undefined) return [];
    const [low, high] = [Math.max(0, interval?.low ?? mean), Math.min(100, interval?.high ?? mean)];
    return { variant, megaflops, mean, low, high };
  });
  const color = splitColours.test;
  const missing = runs
    .filter(({ accuracies }) => accuracies.length === 0)
    .map(({ variant }) => ({ variant }));
  const y = {
    type: 'quantitative',
    scale: { zero: false, padding: 14 },
    title: 'test accuracy (%)',
  } as const;
  const interval = {
    mark: { type: 'errorbar', ticks: { size: 10, color }, rule: { color }, thickness: 2 },
    encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
  } as const;
  const mean = {
    mark: { type: 'point', filled: true, size: 90, color, opacity: 1 },
    encoding: { y: { ...y, field: 'mean' } },
  } as const;
  return {
    description: `Test accuracy of ${variants.join(', ')} with 95 % intervals, and against FLOPs`,
    hconcat: [
      {
        title: 'by kernel size',
        width: 310,
        height: 280,
        encoding: {
          x: {
            field: 'variant',
            type: 'nominal',
            scale: { domain: [...variants] },
            title: null,
            axis: { labelAngle: 0 },
          },
        },
        layer: [
          { data: { values: means }, ...interval },
          { data: { values: means }, ...mean },
          {
            data: { values: single },
            mark: {
              type: 'point',
              size: 28,
              xOffset: 14,
              color: palette.muted.light,
              strokeWidth: 1,
              opacity: 1,
            },
            encoding: { y: { ...y, field: 'accuracy' } },
          },
          {
            data: { values: missing },
            mark: {
              type: 'text',
              text: 'not run',
              y: 'height',
              dy: -10,
              fontStyle: 'italic',
              color: palette.muted.light,
            },
          },
        ],
      },
      {
        title: 'against cost',
        width: 280,
        height: 280,
        data: { values: means },
        encoding: {
          x: {
            field: 'megaflops',
            type: 'quantitative',
            scale: { type: 'log', nice: false, padding: 36 },
            title: 'forward pass of one image (MFLOPs, logarithmic)',
            axis: { tickCount: 5, grid: false },
          },
        },
        layer: [
          interval,
          mean,
          {
            mark: { type: 'text', dy: -11 },
            encoding: { y: { ...y, field: 'high' }, text: { field: 'variant' } },
          },
        ],
      },
    ],
    spacing: 24,
    resolve: { scale: { y: 'shared' } },
  };
}
