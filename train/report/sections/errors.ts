/** Which classes are known, and what they are taken for. */

import { mean } from 'd3-array';
import { chart } from '../../../chart/chart.ts';
import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { finishedVariants, type ReportContext, type WriteSection } from '../context.ts';
import { confusionMatrix } from '../figures/confusionMatrix.ts';
import { perClass } from '../figures/perClass.ts';
import { letter, pointsOf } from '../format.ts';
import { numbersOf } from '../numbers.ts';
import { countsOf, measuresOf, runsOf } from '../runs.ts';

export const errorsSection: WriteSection = async (context) => {
  const { study } = context;
  const variants = finishedVariants(context);
  const shown = confused(context, variants);
  if (shown.length === 0) return { markdown: '', figures: [] };
  const matrices = await Promise.all(
    shown.map(async (variant, index) => ({
      variant,
      file: `09${letter(index)}-confusion-${variant.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.svg`,
      content: await chart(confusionMatrix(study, variant)),
    })),
  );
  const classes = { file: '10-per-class.svg', content: await chart(perClass(study, variants)) };
  return {
    markdown: paragraphs(
      '## Confusion on test',
      'Rows are what the images show, columns what they are called, in percent of the row, summed over seeds.',
      ...matrices.flatMap(({ variant, file }) => [
        `### ${variant}`,
        show(file, `Confusion matrix of ${variant} on test`),
      ]),
      '## Classes',
      'On test, in percent, mean over the seeds in which the measure is defined, beside the number of images.',
      show(classes.file, `Recall, precision and F1 of each class for ${variants.join(', ')}`),
      classTable(context, shown),
    ),
    figures: [...matrices.map(({ file, content }) => ({ file, content })), classes],
  };
};

/** The first variant, which the others are held against, and the one that is best on val: test does not choose. */
function confused({ numbers }: ReportContext, variants: readonly string[]): string[] {
  const [first] = variants;
  if (first === undefined) return [];
  const val = (variant: string) => numbersOf(numbers, variant).splits.val.accuracy?.mean ?? 0;
  const best = variants.reduce((one, other) => (val(other) > val(one) ? other : one));
  return [...new Set([first, best])];
}

function classTable({ study }: ReportContext, variants: readonly string[]): string {
  const [train, test] = [countsOf(study, 'train'), countsOf(study, 'test')];
  const measured = variants.map((variant) =>
    runsOf(study, variant).map((run) => measuresOf(study, run, 'test').classes),
  );
  const cell = (runs: (typeof measured)[number], label: number, name: 'recall' | 'precision' | 'f1') => {
    const defined = mean(runs, (classes) => classes[label]?.[name] ?? undefined);
    return defined === undefined ? '-' : pointsOf(defined);
  };
  return markdownTable(
    ['class', 'train', 'test', ...variants.flatMap((variant) => [`${variant} recall`, 'precision', 'F1'])],
    study.dataset.classes.map((name, label) => [
      name,
      `${train[label] ?? 0}`,
      `${test[label] ?? 0}`,
      ...measured.flatMap((runs) =>
        (['recall', 'precision', 'f1'] as const).map((measure) => cell(runs, label, measure)),
      ),
    ]),
    { align: ['left', ...new Array<'right'>(2 + 3 * variants.length).fill('right')] },
  );
}
