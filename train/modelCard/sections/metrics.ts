/** How good it is: over the seeds, and the file that ships. */
import { paragraphs } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { counted } from '../../document/wording.ts';
import type { Evaluation, SplitScores } from '../../evaluate/evaluation.ts';
import type { Interval } from '../../experiments/statistics.ts';
import { extentText, intervalText, meanText, type Unit, valueText } from '../format.ts';
import { overSeeds } from '../seeds.ts';
import { text, type WriteSection } from './section.ts';

interface Row {
  readonly name: string;
  readonly unit: Unit;
  /** The largest value that it can have; the least is 0. */
  readonly most: number;
  readonly value: (scores: SplitScores) => number | null;
  readonly interval?: (scores: SplitScores) => Interval;
}

const rows: readonly Row[] = [
  {
    name: 'accuracy (%)',
    unit: 'percent',
    most: 1,
    value: ({ accuracy }) => accuracy,
    interval: ({ intervals }) => intervals.accuracy,
  },
  {
    name: 'macro-F1',
    unit: 'plain',
    most: 1,
    value: ({ macroF1 }) => macroF1,
    interval: ({ intervals }) => intervals.macroF1,
  },
  {
    name: 'balanced accuracy (%)',
    unit: 'percent',
    most: 1,
    value: ({ balancedAccuracy }) => balancedAccuracy,
  },
  {
    name: 'negative log-likelihood',
    unit: 'plain',
    most: Number.POSITIVE_INFINITY,
    value: ({ calibration }) => calibration.fitted.nll,
  },
  { name: 'Brier score', unit: 'plain', most: 2, value: ({ calibration }) => calibration.fitted.brier },
  { name: 'ECE, T = 1', unit: 'plain', most: 1, value: ({ calibration }) => calibration.plain.ece },
  { name: "ECE, the file's T", unit: 'plain', most: 1, value: ({ calibration }) => calibration.fitted.ece },
  {
    name: 'accuracy at confidence 0.9 (%)',
    unit: 'percent',
    most: 1,
    value: ({ coverage }) => coverage.at90?.accuracy ?? null,
  },
  {
    name: 'coverage at confidence 0.9 (%)',
    unit: 'percent',
    most: 1,
    value: ({ coverage }) => coverage.at90?.coverage ?? 0,
  },
];

export const metricsSection: WriteSection = async ({ results }) => {
  const { runs, shipped } = results;
  const table = (split: 'val' | 'test') =>
    markdownTable(
      [
        split,
        'mean',
        'range',
        '95 % over seeds',
        `seed ${shipped.evaluation.config.seed}`,
        '95 % over exposures',
      ],
      rows.map(({ name, unit, most, value, interval }) => {
        const seeds = overSeeds(results, ({ splits }) => value(splits[split]));
        const scores = shipped.evaluation.splits[split];
        return [
          name,
          meanText(seeds.summary, unit),
          extentText(seeds, unit),
          intervalText(cutOff(seeds.summary?.interval, most), unit),
          valueText(value(scores), unit),
          intervalText(interval?.(scores), unit),
        ];
      }),
      { align: ['left', 'right', 'right', 'right', 'right', 'right'] },
    );
  return text(
    paragraphs(
      '## Metrics',
      `Mean and range are over ${counted(runs.length, 'seed')}; the interval over seeds is Student's t, of the mean, on these images, cut off where a measure ends; the interval over exposures is a bootstrap's, of the shipped file, that draws exposures. Macro-F1 and balanced accuracy are means over the classes that the split has. Always answering train's largest class scores ${valueText(majority(shipped.evaluation, 'val'), 'percent')} % on val and ${valueText(majority(shipped.evaluation, 'test'), 'percent')} % on test.`,
      table('test'),
      table('val'),
      instruments(shipped.evaluation),
    ),
  );
};

/** Student's interval knows nothing of the measure's limits. */
function cutOff(interval: Interval | null | undefined, most: number): Interval | null {
  return interval ? { low: Math.max(0, interval.low), high: Math.min(most, interval.high) } : null;
}

/** Accuracy of always answering the class with the most training images. */
function majority({ data }: Evaluation, split: 'val' | 'test'): number {
  const learnt = data.train.classes.map(({ images }) => images);
  const largest = learnt.indexOf(Math.max(...learnt));
  return (data[split].classes[largest]?.images ?? 0) / data[split].images;
}

function instruments({ splits }: Evaluation): string | null {
  const names = [
    ...new Set([splits.val, splits.test].flatMap((scores) => Object.keys(scores.instruments))),
  ].sort();
  if (names.length === 0) return null;
  const cells = ({ instruments: counts }: SplitScores, name: string) => {
    const found = counts[name];
    return [`${found?.images ?? 0}`, valueText(found?.accuracy ?? null, 'percent')];
  };
  return paragraphs(
    'The shipped file by instrument, accuracy in percent:',
    markdownTable(
      ['instrument', 'val images', 'accuracy', 'test images', 'accuracy'],
      names.map((name) => [name, ...cells(splits.val, name), ...cells(splits.test, name)]),
      { align: ['left', 'right', 'right', 'right', 'right'] },
    ),
  );
}
