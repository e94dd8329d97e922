import { mean } from 'd3-array';
import type { ChartSpec } from '../../../chart/chart.ts';
import { categories, palette } from '../../../chart/theme.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { classesByTraining, countsOf, measuresOf, runsOf } from '../runs.ts';

const panels = [
  ['recall', 'recall (%)'],
  ['precision', 'precision (%)'],
  ['f1', 'F1 (%)'],
] as const;
type Panel = (typeof panels)[number][0];

/** Told apart by shape as well as by colour. */
const shapes = ['circle', 'triangle-up', 'square', 'diamond', 'cross', 'triangle-down', 'triangle-right'];

/**
 * Recall, precision and F1 of each class on test, in percent, beside its number of training images, the most first: a
 * sign for each variant, at its mean over the seeds in which the measure is defined. No sign: it is in none.
 */
export function perClass(study: StudyResults, variants: readonly string[]): ChartSpec {
  const { classes } = study.dataset;
  const train = countsOf(study, 'train');
  const test = countsOf(study, 'test');
  const runs = variants.map((variant) => ({
    variant,
    byRun: runsOf(study, variant).map((run) => measuresOf(study, run, 'test').classes),
  }));
  const measured = (panel: Panel) =>
    runs.flatMap(({ variant, byRun }) =>
      classes.flatMap((name, label) => {
        const share = mean(byRun, (run) => run[label]?.[panel]);
        return test[label] === 0 || share === undefined ? [] : { variant, name, share: 100 * share };
      }),
    );
  const absent = classes.filter((_, label) => test[label] === 0).map((name) => ({ name }));
  const y = { field: 'name', type: 'nominal', sort: classesByTraining(study), title: null } as const;
  const range = variants.map((_, i) => i);
  return {
    description: `Recall, precision and F1 on test of each class, beside its training images, of ${variants.join(', ')}`,
    hconcat: [
      {
        width: 96,
        height: { step: 18 },
        data: { values: classes.map((name, label) => ({ name, count: train[label] ?? 0 })) },
        encoding: {
          y: { ...y, axis: { ticks: false, domain: false, labelPadding: 6 } },
          x: {
            field: 'count',
            type: 'quantitative',
            scale: { type: 'sqrt' },
            title: 'training images (√)',
            axis: { labels: false, ticks: false, grid: false },
          },
        },
        layer: [
          { mark: { type: 'bar', color: palette.grey.light } },
          {
            mark: { type: 'text', align: 'left', dx: 4, fontSize: 11, color: palette.muted.light },
            encoding: { text: { field: 'count', type: 'quantitative', format: ',' } },
          },
        ],
      },
      ...panels.map(([panel, title]) => ({
        width: 122,
        height: { step: 18 },
        encoding: { y: { ...y, axis: null } },
        layer: [
          { data: { values: absent }, mark: { type: 'rect' as const, color: palette.panel.light } },
          {
            data: { values: absent },
            mark: {
              type: 'text' as const,
              text: 'no test images',
              x: 63,
              fontSize: 11,
              fontStyle: 'italic' as const,
              color: palette.muted.light,
            },
          },
          {
            data: { values: measured(panel) },
            mark: { type: 'point' as const, size: 42, strokeWidth: 1.5, opacity: 1 },
            encoding: {
              x: {
                field: 'share',
                type: 'quantitative' as const,
                title,
                scale: { domain: [0, 100] },
                axis: { tickCount: 4 },
              },
              color: {
                field: 'variant',
                type: 'nominal' as const,
                title: null,
                scale: {
                  domain: [...variants],
                  range: range.map((i) => categories[i % categories.length] ?? ''),
                },
                legend: { orient: 'top' as const, offset: 8 },
              },
              shape: {
                field: 'variant',
                type: 'nominal' as const,
                title: null,
                scale: { domain: [...variants], range: range.map((i) => shapes[i % shapes.length] ?? '') },
              },
            },
          },
        ],
      })),
    ],
    spacing: 12,
    resolve: { scale: { y: 'shared' } },
  };
}
