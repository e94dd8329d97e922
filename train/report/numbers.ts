/** The numbers of a study's report, all from its kept results; kept beside it as report.json. */
import { mean, median, min } from 'd3-array';
import { bySplit, type Split } from '../data/listing.ts';
import { compare, type Difference } from '../experiments/comparison.ts';
import type { Measures } from '../experiments/measures.ts';
import type { ExperimentRecord, Result } from '../experiments/result.ts';
import { type Summary, summarize } from '../experiments/statistics.ts';
import type { StudyResults } from '../experiments/studyResults.ts';
import { judge, type Verdict } from '../experiments/verdict.ts';
import { type ShiftPoint, shiftCurves } from './figures/shifts.ts';
import { majorityAccuracy, measuresOf, runsOf } from './runs.ts';

/** Over the seeds that were run; null if none was. */
export interface SplitNumbers {
  readonly accuracy: Summary | null;
  readonly balancedAccuracy: Summary | null;
  readonly macroF1: Summary | null;
  readonly loss: Summary | null;
}

export interface VariantNumbers {
  readonly parameters: number;
  /** For one image, forward; a multiply-add is two. */
  readonly flops: number;
  readonly seeds: readonly number[];
  readonly splits: Readonly<Record<Split, SplitNumbers>>;
  /** In training: median over the runs of each one's fastest epoch, the one least disturbed by other work. */
  readonly imagesPerSecond: number | null;
  /** Of training, all epochs, in the run that took the least. */
  readonly seconds: number | null;
  readonly bestEpochs: readonly number[];
  /** On test, by class, mean over the runs; null for a class without test images, or if there are no runs. */
  readonly recall: Readonly<Record<string, number | null>>;
}

export interface JudgedDifference extends Difference {
  readonly verdict: Verdict;
}

/** On test, a variant less the experiment's first; null if no seed is finished in both. */
export interface ComparisonNumbers {
  readonly variant: string;
  readonly reference: string;
  readonly seeds: readonly number[];
  readonly accuracy: JudgedDifference;
  readonly macroF1: JudgedDifference;
}

export interface ExperimentNumbers extends ExperimentRecord {
  readonly comparisons: readonly (ComparisonNumbers | null)[];
}

export interface ReportNumbers {
  /** Accuracy of always answering train's largest class. */
  readonly majority: Readonly<Record<Split, number>>;
  readonly variants: Readonly<Record<string, VariantNumbers>>;
  readonly experiments: readonly ExperimentNumbers[];
  /** What moving the test images does. */
  readonly shifts: readonly ShiftPoint[];
  /** Of each finished run: on every split. */
  readonly measures: readonly (Pick<Result, 'variant' | 'seed'> & Readonly<Record<Split, Measures>>)[];
  readonly runs: { readonly done: number; readonly declared: number };
}

export function reportNumbers(study: StudyResults): ReportNumbers {
  const { variants, experiments } = study.study;
  const declared = new Set(
    experiments.flatMap(({ variants: names, seeds }) =>
      names.flatMap((name) => seeds.map((seed) => `${name}.${seed}`)),
    ),
  );
  return {
    majority: bySplit((split) => majorityAccuracy(study, split)),
    variants: Object.fromEntries(
      Object.entries(variants).map(([name, { parameters, flops }]) => [
        name,
        { parameters, flops, ...runNumbers(study, runsOf(study, name)) },
      ]),
    ),
    experiments: experiments.map((experiment) => ({
      ...experiment,
      comparisons: comparisonsOf(study, experiment),
    })),
    shifts: shiftCurves(study, Object.keys(variants)),
    measures: study.results.map((run) => ({
      variant: run.variant,
      seed: run.seed,
      ...bySplit((split) => measuresOf(study, run, split)),
    })),
    runs: {
      done: study.results.length,
      declared: declared.size,
    },
  };
}

function runNumbers(
  study: StudyResults,
  runs: readonly Result[],
): Omit<VariantNumbers, 'parameters' | 'flops'> {
  return {
    seeds: runs.map(({ seed }) => seed),
    splits: splitNumbers(study, runs),
    imagesPerSecond:
      median(runs, ({ epochs }) => Math.max(...epochs.map(({ imagesPerSecond }) => imagesPerSecond))) ?? null,
    seconds: min(runs, ({ epochs }) => epochs.reduce((sum, { seconds }) => sum + seconds, 0)) ?? null,
    bestEpochs: runs.map(({ bestEpoch }) => bestEpoch),
    recall: recallOf(study, runs),
  };
}

/** Over these runs of a variant. */
export function splitNumbers(study: StudyResults, runs: readonly Result[]): VariantNumbers['splits'] {
  return bySplit((split) => {
    const measures = runs.map((run) => measuresOf(study, run, split));
    return {
      accuracy: summarize(measures.map(({ accuracy }) => accuracy)),
      balancedAccuracy: summarize(measures.map(({ balancedAccuracy }) => balancedAccuracy)),
      macroF1: summarize(measures.map(({ macroF1 }) => macroF1)),
      loss: summarize(runs.map(({ splits }) => splits[split].loss)),
    };
  });
}

function recallOf(study: StudyResults, runs: readonly Result[]): VariantNumbers['recall'] {
  const measured = runs.map((run) => measuresOf(study, run, 'test').classes);
  return Object.fromEntries(
    study.dataset.classes.map((name, label) => [
      name,
      mean(measured, (classes) => classes[label]?.recall ?? undefined) ?? null,
    ]),
  );
}

/** Decides the draws of the bootstrap, so that a report can be made again to the last digit. */
const bootstrapSeed = 1;

function comparisonsOf(
  study: StudyResults,
  { variants, seeds }: ExperimentRecord,
): (ComparisonNumbers | null)[] {
  const [reference = '', ...others] = variants;
  const { labels, sols } = study.dataset.splits.test;
  const images = { labels, sols, classes: study.dataset.classes.length };
  const compared = (variant: string) =>
    runsOf(study, variant, seeds).map(({ seed, splits }) => ({
      seed,
      predictions: splits.test.predictions,
    }));
  const comparisons = others.map((variant) =>
    compare(compared(variant), compared(reference), images, bootstrapSeed),
  );
  const judged = {
    accuracy: judge(comparisons.map((comparison) => comparison?.accuracy ?? null)),
    macroF1: judge(comparisons.map((comparison) => comparison?.macroF1 ?? null)),
  };
  return comparisons.map((comparison, index) => {
    const [accuracy, macroF1] = [judged.accuracy[index], judged.macroF1[index]];
    const variant = others[index];
    if (comparison === null || !accuracy || !macroF1 || variant === undefined) return null;
    return {
      variant,
      reference,
      seeds: comparison.seeds,
      accuracy: { ...comparison.accuracy, verdict: accuracy },
      macroF1: { ...comparison.macroF1, verdict: macroF1 },
    };
  });
}

/** @throws Error for a name that the study does not have */
export function numbersOf({ variants }: ReportNumbers, variant: string): VariantNumbers {
  const found = variants[variant];
  if (found === undefined) throw new Error(`the study has no variant ${variant}`);
  return found;
}
