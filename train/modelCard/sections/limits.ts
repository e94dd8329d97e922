/** What it is for, and what not. */
import { paragraphs } from '../../document/section.ts';
import { listed } from '../../document/wording.ts';
import { classRows } from '../classRows.ts';
import { valueText } from '../format.ts';
import { text, type WriteSection } from './section.ts';

/** Under so many exposures on test a class's recall is hardly known. */
const few = 10;

export const limitsSection: WriteSection = async ({ results }) => {
  const { evaluation } = results.shipped;
  const rows = classRows(evaluation);
  const absent = rows.filter(({ test }) => test.support === 0).map(({ name }) => name);
  const uncertain = rows
    .filter(({ met }) => met.exposures > 0 && met.exposures < few)
    .map(({ name, met }) => `${name} (${met.exposures})`);
  const { accuracy } = evaluation.splits.test;
  return text(
    paragraphs(
      '## Intended use and limits',
      [
        '- For sorting and searching pictures of the Curiosity rover by what they show, and as an example of a network that is trained and served without Python. Not for anything that a wrong answer could harm: on test the shipped file is wrong on ' +
          `${valueText(1 - accuracy, 'percent')} % of the images.`,
        '- It names one class for each image, also where several can be seen, and knows no other classes. Pictures of other rovers or cameras were not measured.',
        '- Accuracy depends on the days, the cameras and the frequencies of the classes, as the differences between train, val and test show. None of these numbers holds for pictures that are chosen in another way.',
        ...(absent.length === 0
          ? []
          : [`- Test has no image of ${listed(absent)}: nothing is known of these classes there.`]),
        ...(uncertain.length === 0
          ? []
          : [
              `- Of some classes test has few exposures, and their recall is hardly known: ${listed(uncertain)}.`,
            ]),
        '- The images have names of instruments and days, no people: nothing personal is in the data.',
      ].join('\n'),
    ),
  );
};
