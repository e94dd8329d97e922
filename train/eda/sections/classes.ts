import { chart } from '../../../chart/chart.ts';
import { SPLITS } from '../../data/listing.ts';
import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { whole } from '../../document/wording.ts';
import { classDistribution } from '../figures/classDistribution.ts';
import type { WriteSection } from './section.ts';

export const classSection: WriteSection = async (eda, pictures) => {
  const { classes, dataset } = eda;
  const bars = { file: '01-class-distribution.svg', content: await chart(classDistribution(eda.classes)) };
  const samples = pictures && [{ file: '02-sample-grid.svg', content: pictures.samples }];
  const counts = markdownTable(
    ['Class', 'train', '%', 'val', '%', 'test', '%'],
    classes.map(({ name, images }) => [
      name,
      ...SPLITS.flatMap((split) => [
        whole(images[split]),
        ((100 * images[split]) / dataset.images[split]).toFixed(1),
      ]),
    ]),
    { align: ['left', 'right', 'right', 'right', 'right', 'right', 'right'] },
  );
  return {
    markdown: paragraphs(
      '## Classes',
      show(bars.file, 'Share of each class in train, val and test, with the number of images'),
      counts,
      samples &&
        'One image of each class, the first that train lists, or else val or test; below its name the numbers of images in train, val and test.',
      samples && show('02-sample-grid.svg', 'One image of each class'),
    ),
    figures: [bars, ...(samples ?? [])],
  };
};
