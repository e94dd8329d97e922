/** Every class by itself. */
import { chart } from '../../../chart/chart.ts';
import { confusionChart } from '../../document/confusionChart.ts';
import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { classRows } from '../classRows.ts';
import { recallFigure } from '../figures/recall.ts';
import { intervalText, valueText } from '../format.ts';
import type { WriteSection } from './section.ts';

export const classesSection: WriteSection = async ({ results }) => {
  const { evaluation } = results.shipped;
  const rows = classRows(evaluation);
  const recall = { file: '03-recall.svg', content: await chart(recallFigure(rows)) };
  const confusion = {
    file: '04-confusion.svg',
    content: await chart(
      confusionChart({
        classes: evaluation.config.data.classes,
        matrices: [evaluation.splits.test.confusion],
        of: evaluation.model.name,
      }),
    ),
  };
  const table = markdownTable(
    [
      'class',
      'train images',
      'exposures',
      'val images',
      'F1',
      'test images',
      'precision',
      'recall',
      '95 %',
      'F1',
    ],
    rows.map(({ name, learnt, val, test, interval }) => [
      name,
      `${learnt.images}`,
      `${learnt.exposures}`,
      `${val.support}`,
      valueText(val.f1, 'plain'),
      `${test.support}`,
      valueText(test.precision, 'percent'),
      valueText(test.recall, 'percent'),
      intervalText(interval, 'percent'),
      valueText(test.f1, 'plain'),
    ]),
    { align: ['left', ...new Array<'right'>(9).fill('right')] },
  );
  return {
    markdown: paragraphs(
      '## Classes',
      "The shipped file, by class; precision and recall in percent. F1 is 0 where no image is rightly called so, and missing where there is none of the class and none is called so. The interval of the recall is Wilson's, with as many trials as there are exposures, since the images of one exposure are right or wrong together.",
      table,
      show(
        recall.file,
        'Recall of each class on test with its 95 % interval, classes with the most training images first; in brackets the test images',
      ),
      show(confusion.file, 'What test images are called: rows are the true classes, in percent of each'),
    ),
    figures: [recall, confusion],
  };
};
