import type { ChartSpec } from '../../chart/chart.ts';
import { magnitudeInks, magnitudes, palette } from '../../chart/theme.ts';

export interface Confusion {
  /** In the order of the labels. */
  readonly classes: readonly string[];
  /** `[label][prediction]` of each run: test images. */
  readonly matrices: readonly (readonly (readonly number[])[])[];
  /** Whose they are. */
  readonly of: string;
}

/** Lines between the cells, below them. */
const axis = {
  grid: true,
  tickBand: 'extent',
  zindex: 0,
  ticks: false,
  domain: false,
  labelFontSize: 11,
} as const;

/**
 * What test images of each class (a row) are called (the columns), in percent of the row, summed over runs; what is under
 * half a percent is left out. Rows of classes without test images say so.
 */
export function confusionChart({ classes, matrices, of }: Confusion): ChartSpec {
  const images = classes.map(
    (_, label) => matrices[0]?.[label]?.reduce((sum, called) => sum + called, 0) ?? 0,
  );
  const rowNames = classes.map((name, label) => `${name} (${images[label] ?? 0})`);
  const cells = classes.flatMap((_, label) =>
    classes.flatMap((predicted, column) => {
      const called = matrices.reduce((sum, matrix) => sum + (matrix[label]?.[column] ?? 0), 0);
      const share = (100 * called) / (matrices.length * (images[label] ?? 0));
      if (!(share >= 0.5)) return []; // also where there are no images
      return { row: rowNames[label], predicted, share, number: share.toFixed(0) };
    }),
  );
  const absent = rowNames.filter((_, label) => images[label] === 0).map((row) => ({ row }));
  return {
    description: `Confusion matrix of ${of} on test, in percent of each class`,
    width: { step: 23 },
    height: { step: 23 },
    encoding: {
      y: {
        field: 'row',
        type: 'nominal',
        scale: { domain: rowNames },
        title: 'true class (test images)',
        axis,
      },
    },
    layer: [
      { data: { values: absent }, mark: { type: 'rect', color: palette.panel.light } },
      {
        data: { values: absent },
        mark: {
          type: 'text',
          text: 'no test images',
          x: 'width',
          align: 'right',
          dx: -8,
          fontStyle: 'italic',
          color: palette.muted.light,
        },
      },
      {
        data: { values: cells },
        mark: { type: 'rect', stroke: palette.grid.light },
        encoding: {
          x: {
            field: 'predicted',
            type: 'nominal',
            scale: { domain: [...classes] },
            title: 'predicted class',
            axis: { ...axis, orient: 'top', labelAngle: -90 },
          },
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { type: 'quantize', domain: [0, 100], range: [...magnitudes] },
            legend: null,
          },
        },
      },
      {
        data: { values: cells },
        mark: { type: 'text', fontSize: 10 },
        encoding: {
          x: { field: 'predicted', type: 'nominal' },
          text: { field: 'number' },
          fill: {
            field: 'share',
            type: 'quantitative',
            scale: { type: 'quantize', domain: [0, 100], range: [...magnitudeInks] },
            legend: null,
          },
        },
      },
    ],
  };
}
