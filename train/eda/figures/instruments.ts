import type { ChartSpec } from '../../../chart/chart.ts';
import { categories } from '../../../chart/theme.ts';
import { SPLITS } from '../../data/listing.ts';
import type { Counts } from '../schema.ts';
import { total } from '../summarise.ts';
import { ofEachSplit } from './splits.ts';

/** Which camera took the images of each split. */
export function instruments(
  rows: readonly { readonly instrument: string; readonly images: Counts }[],
): ChartSpec {
  const order = [...rows].sort((a, b) => total(b.images) - total(a.images)).map((row) => row.instrument);
  const values = ofEachSplit((split) =>
    rows.map(({ instrument, images }) => ({
      instrument,
      images: images[split],
      place: order.indexOf(instrument),
    })),
  );
  return {
    description: 'Share of each instrument in train, val and test.',
    width: 640,
    height: { step: 40 },
    data: { values },
    mark: 'bar',
    encoding: {
      y: { field: 'split', type: 'nominal', sort: [...SPLITS], title: null },
      x: {
        field: 'images',
        type: 'quantitative',
        stack: 'normalize',
        title: 'Share of the split',
        axis: { format: '.0%', tickCount: 5 },
      },
      color: {
        field: 'instrument',
        type: 'nominal',
        // Not the splits' colours: those come before these.
        scale: { domain: order, range: [...categories.slice(3), ...categories.slice(0, 3)] },
        legend: { orient: 'top', title: 'Instrument' },
      },
      order: { field: 'place', type: 'quantitative' },
    },
  };
}
