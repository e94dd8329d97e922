import { sum } from 'd3-array';
import type { ChartSpec } from '../../../chart/chart.ts';
import { SPLITS } from '../../data/listing.ts';
import type { Counts } from '../schema.ts';
import { ofEachSplit, splitColour } from './splits.ts';

/** The classes' shares of each split, the most frequent of train on top, with the numbers of images. */
export function classDistribution(
  classes: readonly { readonly name: string; readonly images: Counts }[],
): ChartSpec {
  const order = [...classes].sort((a, b) => b.images.train - a.images.train).map(({ name }) => name);
  const values = ofEachSplit((split) => {
    const total = sum(classes, ({ images }) => images[split]);
    return classes.map(({ name, images }) => ({
      class: name,
      images: images[split],
      share: total === 0 ? 0 : images[split] / total,
    }));
  });
  const y = { field: 'class', type: 'nominal', sort: order, title: null } as const;
  const x = {
    field: 'share',
    type: 'quantitative',
    title: 'Share of the split',
    axis: { format: '.0%', tickCount: 4 },
    // Room for the numbers behind the longest bars.
    scale: { domainMax: 1.15 * Math.max(...values.map(({ share }) => share)) },
  } as const;
  return {
    description: 'Share of each class in train, val and test, with the number of images.',
    data: { values },
    facet: { column: { field: 'split', type: 'nominal', sort: [...SPLITS], title: null } },
    spec: {
      width: 165,
      height: { step: 18 },
      layer: [
        { mark: 'bar', encoding: { x, y, color: { ...splitColour, legend: null } } },
        {
          mark: { type: 'text', align: 'left', dx: 4, fontSize: 11 },
          encoding: { x, y, text: { field: 'images', type: 'quantitative', format: ',' } },
        },
      ],
    },
  };
}
