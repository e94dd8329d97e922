import type { ChartSpec } from '../../../chart/chart.ts';
import type { Histogram } from '../schema.ts';
import { histogramRows, splitColour } from './splits.ts';

interface Shown {
  readonly histogram: Histogram;
  /** Of the axis, with the unit. */
  readonly title: string;
}

/** Shares of the splits' images, as outlines on top of each other; several histograms are side by side. */
export function histograms(description: string, shown: readonly Shown[]): ChartSpec {
  return {
    description,
    hconcat: shown.map(({ histogram, title }, i) => ({
      width: 640 / shown.length - 30 * (shown.length - 1),
      height: 220,
      // The outline needs the last bin's upper edge too.
      data: { values: histogramRows(histogram).flatMap(outline) },
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
      encoding: {
        x: { field: 'x', type: 'quantitative', title },
        y: {
          field: 'share',
          type: 'quantitative',
          title: i === 0 ? 'Share of the split, in each bin' : null,
          axis: { format: '.0%' },
        },
        color: { ...splitColour, legend: { orient: 'top' } },
        strokeDash: {
          field: 'split',
          type: 'nominal',
          scale: {
            domain: splitColour.scale.domain,
            range: [
              [1, 0],
              [6, 2],
              [2, 2],
            ],
          },
          title: 'Split',
        },
      },
    })),
  };
}

function outline({ split, from, to, share }: ReturnType<typeof histogramRows>[number]) {
  return [
    { split, x: from, share },
    { split, x: to, share },
  ];
}
