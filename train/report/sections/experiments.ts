/** Each experiment: its question, its numbers, and which differences are real. */

import { type ChartSpec, chart } from '../../../chart/chart.ts';
import { paragraphs, type Section, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import type { ExperimentRecord } from '../../experiments/result.ts';
import { settingAt } from '../../experiments/settings.ts';
import { experimentOn, type ReportContext, type WriteSection } from '../context.ts';
import { accuracyByVariant } from '../figures/accuracyByVariant.ts';
import { kernelSize } from '../figures/kernelSize.ts';
import { differenceText, intervalText, letter, rangeText, signedPoints, spreadText } from '../format.ts';
import type { ComparisonNumbers, ExperimentNumbers, JudgedDifference } from '../numbers.ts';
import { splitNumbers } from '../numbers.ts';
import { runsOf } from '../runs.ts';

export const experimentsSection: WriteSection = async (context) => {
  const { experiments } = context.numbers;
  const begun = experiments.filter(({ comparisons }) =>
    comparisons.some((comparison) => comparison !== null),
  );
  const waiting = experiments.filter((experiment) => !begun.includes(experiment));
  const sections: Section[] = [];
  for (const experiment of begun) sections.push(await experimentSection(context, experiment));
  return {
    markdown: paragraphs(
      '## The experiments',
      "In each, everything is the same but one setting; what follows from it, such as the number of weights after the flattened map, is in the table of the networks. Accuracies and F1 are in percent: means over seeds ± their standard deviation, the interval being that of the mean on test, 95 % by Student's t. In the figures a circle is a seed, a bar that interval, and a dashed line what always answering train's largest class gives.",
      ...sections.map(({ markdown }) => markdown),
      waiting.length === 0 ? null : paragraphs('### Not run', notRun(waiting)),
    ),
    figures: sections.flatMap(({ figures }) => figures),
  };
};

/** Declared, but without two variants that can be compared. */
function notRun(experiments: readonly ExperimentNumbers[]): string {
  return experiments
    .map(
      ({ name, question, factor, variants }) =>
        `- ${question} \`${name}\` varies \`${factor}\`, in ${variants.map((variant) => `\`${variant}\``).join(', ')}.`,
    )
    .join('\n');
}

async function experimentSection(context: ReportContext, experiment: ExperimentNumbers): Promise<Section> {
  const { study } = context;
  const { name, question, factor, variants, seeds, comparisons } = experiment;
  const figure = {
    file: figureFile(context, experiment),
    content: await chart(figureOf(context, experiment)),
  };
  const results = markdownTable(
    ['network', factorName(factor), 'seeds', 'train', 'val', 'test', 'interval', 'balanced', 'macro-F1'],
    variants.map((variant) => {
      const runs = runsOf(study, variant, seeds);
      const splits = splitNumbers(study, runs);
      return [
        variant,
        settingText(study.study.variants[variant], factor),
        runs.length === 0 ? 'not run' : `${runs.length}`,
        ...([splits.train, splits.val, splits.test] as const).map(({ accuracy }) => spreadText(accuracy)),
        intervalText(splits.test.accuracy),
        spreadText(splits.test.balancedAccuracy),
        spreadText(splits.test.macroF1),
      ];
    }),
    { align: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'] },
  );
  const [reference = ''] = variants;
  const compared = comparisons.filter((comparison) => comparison !== null);
  return {
    markdown: paragraphs(
      `### ${question}`,
      `\`${name}\` varies \`${factor}\`, in ${variants.map((variant) => `\`${variant}\``).join(', ')}.`,
      show(figure.file, `Accuracy of ${variants.join(', ')}`),
      results,
      `Differences from \`${reference}\` on test, in percentage points:`,
      comparisonTable(compared),
      compared.map((comparison) => `- ${sentence(comparison)}`).join('\n'),
    ),
    figures: [figure],
  };
}

function figureOf({ study }: ReportContext, experiment: ExperimentNumbers): ChartSpec {
  const { factor, variants, seeds } = experiment;
  if (factor === 'network.kernel') return kernelSize(study, experiment);
  const splits =
    factor === 'network.family' ? (['train', 'val', 'test'] as const) : (['val', 'test'] as const);
  return accuracyByVariant(study, { variants, splits, seeds, majority: true });
}

/** The two questions that the study began with have numbers of their own; the others follow the report's other figures. */
function figureFile(context: ReportContext, { factor, name }: ExperimentNumbers): string {
  const numbered = ({ factor: other, name: called }: ExperimentRecord) =>
    Object.hasOwn(firstFigures, other) && experimentOn(context, other)?.name === called;
  const own = experimentOn(context, factor)?.name === name ? firstFigures[factor] : undefined;
  if (own !== undefined) return own;
  const others = context.study.study.experiments.filter((experiment) => !numbered(experiment));
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `11${letter(others.findIndex((experiment) => experiment.name === name))}-${slug}.svg`;
}

const firstFigures: Readonly<Record<string, string>> = {
  'network.family': '05-baseline-and-cnn.svg',
  'network.kernel': '06-kernel-size.svg',
};

function comparisonTable(comparisons: readonly ComparisonNumbers[]): string {
  return markdownTable(
    ['network', 'measure', 'points', 'by image', 'by Martian day', 'over seeds', 'p', 'real'],
    comparisons.flatMap(({ variant, accuracy, macroF1 }) =>
      (
        [
          ['accuracy', accuracy],
          ['macro-F1', macroF1],
        ] as const
      ).map(([measure, { estimate, byImage, bySol, overSeeds, verdict }]) => [
        variant,
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

function sentence({ variant, reference, seeds, accuracy, macroF1 }: ComparisonNumbers): string {
  const judged = (difference: JudgedDifference) => {
    if (difference.verdict.real) return 'real';
    return seeds.length === 1 ? 'one seed cannot tell it from chance' : 'not told from chance';
  };
  return `\`${variant}\` less \`${reference}\`: ${differenceText(accuracy)} of accuracy, ${judged(accuracy)}; ${differenceText(macroF1)} of macro-F1, ${judged(macroF1)}.`;
}

function factorName(factor: string): string {
  return factor.replace(/^network\./, '');
}

type VariantRecord = ReportContext['study']['study']['variants'][string];

/** The value of the setting that varies, as the study declares it. */
function settingText(variant: VariantRecord | undefined, factor: string): string {
  const value = settingAt(variant && { network: variant.network, ...variant.options }, factor);
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '-');
}
