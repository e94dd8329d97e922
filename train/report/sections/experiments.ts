/** Each experiment: its question, its numbers, and which differences are real. */

import { type ChartSpec, chart } from '../../document/chart.ts';
import { paragraphs, type Section, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { settingAt } from '../../experiments/settings.ts';
import type { ReportContext, WriteSection } from '../context.ts';
import { accuracyByVariant } from '../figures/accuracyByVariant.ts';
import { kernelSize } from '../figures/kernelSize.ts';
import { differenceText, intervalText, meanText, rangeText, signedPoints } from '../format.ts';
import type { ComparisonNumbers, ExperimentNumbers } from '../numbers.ts';
import { numbersOf } from '../numbers.ts';

export const experimentsSection: WriteSection = async (context) => {
  const { experiments } = context.numbers;
  const sections: Section[] = [];
  for (const [index, experiment] of experiments.entries()) {
    sections.push(await experimentSection(context, experiment, index));
  }
  return {
    markdown: paragraphs(
      '## The experiments',
      "In each, everything is the same but one setting. Accuracies are means over seeds ± their standard deviation, with 95 % intervals of the mean by Student's t.",
      ...sections.map(({ markdown }) => markdown),
    ),
    figures: sections.flatMap(({ figures }) => figures),
  };
};

async function experimentSection(
  context: ReportContext,
  experiment: ExperimentNumbers,
  index: number,
): Promise<Section> {
  const { study, numbers } = context;
  const { name, question, factor, variants, seeds, comparisons } = experiment;
  const ran = variants.some((variant) => numbersOf(numbers, variant).seeds.length > 0);
  const file = figureFile(context, experiment, index);
  const figures = ran ? [{ file, content: await chart(figureOf(context, experiment)) }] : [];
  const results = markdownTable(
    ['network', factorName(factor), 'seeds', 'train', 'val', 'test', 'interval', 'balanced', 'macro-F1'],
    variants.map((variant) => {
      const { splits, seeds: done } = numbersOf(numbers, variant);
      return [
        variant,
        settingText(study.study.variants[variant], factor),
        done.filter((seed) => seeds.includes(seed)).join(', ') || 'not run',
        ...([splits.train, splits.val, splits.test] as const).map(({ accuracy }) => meanText(accuracy)),
        intervalText(splits.test.accuracy),
        meanText(splits.test.balancedAccuracy),
        meanText(splits.test.macroF1),
      ];
    }),
    { align: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'] },
  );
  const compared = comparisons.filter((comparison) => comparison !== null);
  return {
    markdown: paragraphs(
      `### ${question}`,
      `Experiment \`${name}\`: \`${factor}\` varies, in ${variants.map((variant) => `\`${variant}\``).join(', ')}.`,
      ran ? show(file, `Accuracy of ${variants.join(', ')}`) : null,
      results,
      compared.length === 0
        ? 'No two of them have finished with the same seed: nothing is compared.'
        : comparisonTable(compared),
      compared.map((comparison) => `- ${sentence(comparison)}`).join('\n'),
    ),
    figures,
  };
}

function figureOf({ study }: ReportContext, experiment: ExperimentNumbers): ChartSpec {
  const { factor, variants, seeds } = experiment;
  if (factor === 'network.kernel') return kernelSize(study, experiment);
  const splits =
    factor === 'network.family' ? (['train', 'val', 'test'] as const) : (['val', 'test'] as const);
  return accuracyByVariant(study, { variants, splits, seeds, majority: true });
}

/** The two that the study began with have numbers of their own; the others follow the last of the report's figures. */
function figureFile({ numbers }: ReportContext, { factor, name }: ExperimentNumbers, index: number): string {
  const firstOf = (wanted: string) =>
    numbers.experiments.findIndex((each) => each.factor === wanted) === index;
  if (factor === 'network.family' && firstOf(factor)) return '05-baseline-and-cnn.svg';
  if (factor === 'network.kernel' && firstOf(factor)) return '06-kernel-size.svg';
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `11-${slug}.svg`;
}

function comparisonTable(comparisons: readonly ComparisonNumbers[]): string {
  return markdownTable(
    ['test, less the first', 'measure', 'points', 'by image', 'by Martian day', 'over seeds', 'p', 'real'],
    comparisons.flatMap(({ variant, reference, accuracy, macroF1 }) =>
      (
        [
          ['accuracy', accuracy],
          ['macro-F1', macroF1],
        ] as const
      ).map(([measure, { estimate, byImage, bySol, overSeeds, verdict }]) => [
        `${variant} less ${reference}`,
        measure,
        signedPoints(estimate),
        rangeText(byImage),
        rangeText(bySol),
        overSeeds === null ? 'one seed' : rangeText(overSeeds),
        verdict.p < 0.001 ? '< 0.001' : verdict.p.toFixed(3),
        verdict.real ? 'yes' : 'no',
      ]),
    ),
    { align: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'] },
  );
}

function sentence({ variant, reference, seeds, accuracy }: ComparisonNumbers): string {
  const difference = `\`${variant}\` less \`${reference}\`: ${differenceText(accuracy)} of test accuracy`;
  if (accuracy.verdict.real) return `${difference}. The difference is real.`;
  return seeds.length === 1
    ? `${difference}, with one seed: what the seed does cannot be told from what the variant does.`
    : `${difference}. With ${seeds.length} seeds this is not told from chance.`;
}

function factorName(factor: string): string {
  return factor.replace(/^network\./, '');
}

type VariantRecord = ReportContext['study']['study']['variants'][string];

/** The value of the setting that varies, as the study declares it. */
function settingText(variant: VariantRecord | undefined, factor: string): string {
  const value = settingAt(variant && { network: variant.network, ...variant.options }, factor);
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '-');
}
