/** What the networks were trained on. */

import { chart } from '../../../chart/chart.ts';
import { bySplit, SPLITS } from '../../data/listing.ts';
import { paragraphs, show } from '../../document/section.ts';
import { whole } from '../../document/wording.ts';
import { classDistribution } from '../../eda/figures/classDistribution.ts';
import { preprocessingSteps } from '../../eda/figures/preprocessingSteps.ts';
import { sampleGrid } from '../../eda/figures/sampleGrid.ts';
import { percent } from '../../progressBar.ts';
import type { WriteSection } from '../context.ts';
import { countsOf } from '../runs.ts';

export const dataSection: WriteSection = async ({ study, numbers, images }) => {
  const { dataset } = study;
  const counts = bySplit((split) => countsOf(study, split));
  const classes = dataset.classes.map((name, label) => ({
    name,
    images: bySplit((split) => counts[split][label] ?? 0),
  }));
  const distribution = {
    file: '01-class-distribution.svg',
    content: await chart(classDistribution(classes)),
  };
  const pictures =
    images === undefined
      ? []
      : [
          { file: '02-sample-grid.svg', content: await sampleGrid(images) },
          { file: '03-preprocessing.svg', content: await preprocessingSteps(images) },
        ];
  const sizes = SPLITS.map((split) => `${whole(dataset.splits[split].labels.length)} ${split}`);
  return {
    markdown: paragraphs(
      '## The data',
      `${dataset.name}: ${sizes.join(', ')} images of ${dataset.classes.length} classes. Always answering the class with the most training images would be right on ${SPLITS.map((split) => `${percent(numbers.majority[split])} of ${split}`).join(', ')}. \`npm run eda\` says more.`,
      show(distribution.file, 'Share of each class in train, val and test'),
      ...(pictures.length === 0
        ? [
            'Figures 02 and 03 show the images, and are made where the images are: run `npm run report` there.',
          ]
        : [
            show('02-sample-grid.svg', 'One image of each class'),
            show('03-preprocessing.svg', 'What an image goes through before the network sees it'),
          ]),
    ),
    figures: [distribution, ...pictures],
  };
};
