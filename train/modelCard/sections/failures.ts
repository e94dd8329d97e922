/** Known failures. */
import { paragraphs } from '../../document/section.ts';
import { counted, decimal, listed } from '../../document/wording.ts';
import { errorsOfRareClasses, type Failure, failures } from '../failures.ts';
import { intervalText, valueText } from '../format.ts';
import { text, type WriteSection } from './section.ts';

/** Classes that are described. */
const described = 6;
/** Under so many exposures a class counts as rare. */
const rare = 20;

export const failuresSection: WriteSection = async ({ results }) => {
  const { evaluation } = results.shipped;
  return text(
    paragraphs(
      '## Known failures',
      `The classes with the lowest F1 on test, with what the data say about each. ${valueText(errorsOfRareClasses(evaluation, rare), 'percent')} % of all errors on test are images of classes of which train has under ${rare} exposures.`,
      failures(evaluation, described).map(sentences).join('\n'),
    ),
  );
};

function sentences(failure: Failure): string {
  const { row, f1, confusions, frequency } = failure;
  const { name, learnt, met, test, interval } = row;
  const called =
    confusions.length === 0
      ? ''
      : ` Called ${listed(confusions.map((other) => `${other.name} (${valueText(other.share, 'percent')} %)`))} instead.`;
  return [
    `- **${name}**: F1 ${valueText(f1, 'plain')}, recall ${valueText(test.recall, 'percent')} % (95 %: ${intervalText(interval, 'percent')}), ${test.precision === null ? 'nothing is called so' : `precision ${valueText(test.precision, 'percent')} %`}, on ${counted(met.images, 'image')} of ${counted(met.exposures, 'exposure')}.${called}`,
    `  Train has ${counted(learnt.images, 'image')} of ${counted(learnt.exposures, 'exposure')}: ${valueText(frequency.train, 'percent')} % of train, where test has ${valueText(frequency.test, 'percent')} %.${cameras(failure)}`,
  ].join('\n');
}

function cameras({ instruments }: Failure): string {
  if (instruments === null || instruments.variation < 0.25) return '';
  const { variation, grown } = instruments;
  return ` By other cameras: ${grown.name} took ${valueText(grown.train, 'percent')} % of its images in train and ${valueText(grown.test, 'percent')} % in test (total variation ${decimal(variation)}).`;
}
