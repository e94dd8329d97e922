import type { ChartSpec } from '../../../chart/chart.ts';
import type { Histogram } from '../schema.ts';
import { histogramRows, splitColour } from './splits.ts';

/** When the images were taken. */
export function sols(histogram: Histogram): ChartSpec {
  const [from = 0, to = 0] = histogram.edges;
  return {
    description: 'Number of images by Martian day, coloured by split.',
    width: 640,
    height: 220,
    data: { values: histogramRows(histogram).filter(({ images }) => images > 0) },
    mark: { type: 'bar', binSpacing: 0.5 },
    encoding: {
      x: { field: 'from', type: 'quantitative', bin: 'binned', title: 'Sol (Martian day since the landing)' },
      x2: { field: 'to' },
      y: { field: 'images', type: 'quantitative', stack: true, title: `Images in ${to - from} sols` },
      color: { ...splitColour, legend: { orient: 'top' } },
    },
  };
}
