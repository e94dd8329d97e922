/** Beside what others have published. */
import { paragraphs } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { meanText } from '../format.ts';
import { published, publishedOn } from '../published.ts';
import { overSeeds } from '../seeds.ts';
import { text, type WriteSection } from './section.ts';

export const comparisonSection: WriteSection = async ({ results }) => {
  const { evaluation } = results.shipped;
  if (evaluation.config.data.fingerprint !== publishedOn) {
    return text(paragraphs('## Published numbers', 'None are of these images.'));
  }
  const [val, test] = (['val', 'test'] as const).map((split) =>
    meanText(overSeeds(results, ({ splits }) => splits[split].accuracy).summary, 'percent'),
  );
  const rows = [
    ...published.map((other) => ({
      ...other,
      val: other.val?.toFixed(1) ?? '-',
      test: other.test.toFixed(1),
    })),
    {
      method: `${evaluation.model.name}, mean over ${results.runs.length} seeds`,
      val: val ?? '-',
      test: test ?? '-',
      imageNet: typeof evaluation.config['init'] === 'string' ? null : false,
    },
  ].sort((a, b) => Number(a.test) - Number(b.test));
  const sources = [...new Set(published.map(({ source }) => source))];
  return text(
    paragraphs(
      '## Published numbers',
      'Accuracy on the same split, in percent. A network whose weights come from ImageNet has seen over a million labelled photographs of other things first.',
      markdownTable(
        ['method', 'ImageNet weights', 'val', 'test'],
        rows.map(({ method, imageNet, val: onVal, test: onTest }) => [
          method,
          imageNet === null ? '-' : imageNet ? 'yes' : 'no',
          onVal,
          onTest,
        ]),
        { align: ['left', 'left', 'right', 'right'] },
      ),
      `Sources: ${sources.join('. ')}.`,
    ),
  );
};
