import { SPLITS } from '../../data/listing.ts';
import type { ChartSpec } from '../../document/chart.ts';
import { palette } from '../../document/theme.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { classesByTraining, countsOf } from '../runs.ts';
import { splitColours } from './splitColours.ts';

/** Share of each class in each split, in percent, with its number of images; the largest in train come first. */
export function classDistribution(study: StudyResults): ChartSpec {
  const { classes } = study.dataset;
  const order = classesByTraining(study);
  return {
    description: `Share of each of the ${classes.length} classes in train, val and test`,
    hconcat: SPLITS.map((split, panel) => {
      const counts = countsOf(study, split);
      const images = study.dataset.splits[split].labels.length;
      return {
        title: `${split}: ${images.toLocaleString('en')} images`,
        width: 168,
        height: { step: 18 },
        data: {
          values: classes.map((name, label) => ({
            name,
            count: counts[label] ?? 0,
            share: images === 0 ? 0 : (100 * (counts[label] ?? 0)) / images,
          })),
        },
        encoding: {
          y: {
            field: 'name',
            type: 'nominal',
            sort: order,
            title: null,
            axis: panel === 0 ? { ticks: false, domain: false, labelPadding: 6 } : null,
          },
          x: {
            field: 'share',
            type: 'quantitative',
            title: 'share of images (%)',
            axis: { tickCount: 4 },
          },
        },
        layer: [
          { mark: { type: 'bar', color: splitColours[split] } },
          {
            mark: { type: 'text', align: 'left', dx: 4, fontSize: 11, color: palette.muted.light },
            encoding: { text: { field: 'count', type: 'quantitative', format: ',' } },
          },
        ],
      };
    }),
    spacing: 14,
    resolve: { scale: { x: 'shared', y: 'shared' } },
  };
}
