import type { ChartSpec } from '../../../chart/chart.ts';
import { SPLITS } from '../../data/listing.ts';
import type { Eda } from '../schema.ts';
import { ofEachSplit, splitColour } from './splits.ts';

/** Mean brightness of the images of each class in each split, with one standard deviation to either side. */
export function brightnessByClass({ appearance: { classes } }: Eda): ChartSpec {
  const values = ofEachSplit((split) =>
    classes.flatMap(({ name, splits }) => {
      const shown = splits[split];
      if (shown === null) return [];
      const { mean, sd, images } = shown.brightness;
      return [{ class: name, images, mean, low: mean - (sd ?? 0), high: mean + (sd ?? 0) }];
    }),
  );
  const shared = {
    y: { field: 'class', type: 'nominal', title: null, axis: { grid: true, tickBand: 'extent' } },
    yOffset: { field: 'split', type: 'nominal', sort: [...SPLITS] },
    color: { ...splitColour, legend: { orient: 'top' } },
  } as const;
  return {
    description:
      'Mean brightness of each class in train, val and test, with one standard deviation to either side.',
    width: 520,
    height: { step: 8 },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: {
          ...shared,
          x: {
            field: 'low',
            type: 'quantitative',
            title: 'Brightness (luma, 0 to 255)',
            axis: { tickCount: 8 },
          },
          x2: { field: 'high' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 45, opacity: 1 },
        encoding: {
          ...shared,
          x: { field: 'mean', type: 'quantitative' },
          shape: {
            field: 'split',
            type: 'nominal',
            scale: { domain: [...SPLITS], range: ['circle', 'square', 'triangle-up'] },
            title: 'Split',
          },
        },
      },
    ],
  };
}
