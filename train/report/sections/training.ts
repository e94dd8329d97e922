/** How training went. */
import { chart } from '../../../chart/chart.ts';
import { paragraphs, show } from '../../document/section.ts';
import { finishedVariants, type WriteSection } from '../context.ts';
import { learningCurves } from '../figures/learningCurves.ts';

export const trainingSection: WriteSection = async (context) => {
  const variants = finishedVariants(context);
  if (variants.length === 0) return { markdown: '', figures: [] };
  const curves = {
    file: '08-learning-curves.svg',
    content: await chart(learningCurves(context.study, variants)),
  };
  return {
    markdown: paragraphs(
      '## Learning curves',
      'A line for each seed. The curve of train is that of the steps themselves, with dropout on and while the weights change; the epoch with a circle is the best on val, and its weights are the ones that are tested.',
      show(curves.file, `Accuracy and loss by epoch of ${variants.join(', ')}`),
    ),
    figures: [curves],
  };
};
