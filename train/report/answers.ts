/** The answers that someone wrote by hand beside the results; the numbers in them are filled in from the results. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AreographError } from '../../dsl/errors.ts';
import { SPLITS } from '../data/listing.ts';
import { percent } from '../progressBar.ts';
import { differenceText, millions, spreadText } from './format.ts';
import type { ComparisonNumbers, ReportNumbers } from './numbers.ts';

export const answersFile = 'answers.md';

/** By the first word of `{{difference cnn3x3 baseline}}`: what stands there in the report; undefined if there is no such thing. */
type Fill = (numbers: ReportNumbers, words: readonly string[]) => string | undefined;

const fills: Readonly<Record<string, Fill>> = {
  accuracy: (numbers, words) => ofSplit(numbers, words, 'accuracy'),
  macroF1: (numbers, words) => ofSplit(numbers, words, 'macroF1'),
  balancedAccuracy: (numbers, words) => ofSplit(numbers, words, 'balancedAccuracy'),
  majority({ majority }, [name]) {
    const split = SPLITS.find((each) => each === name);
    return split && percent(majority[split]);
  },
  difference: (numbers, words) => map(comparison(numbers, words), ({ accuracy }) => differenceText(accuracy)),
  differenceF1: (numbers, words) => map(comparison(numbers, words), ({ macroF1 }) => differenceText(macroF1)),
  parameters: ({ variants }, [name = '']) => map(variants[name], ({ parameters }) => millions(parameters)),
  megaflops: ({ variants }, [name = '']) =>
    map(variants[name], ({ flops }) => `${(flops / 1e6).toFixed(1)} MFLOPs`),
  imagesPerSecond: ({ variants }, [name = '']) => variants[name]?.imagesPerSecond?.toFixed(0),
  recall({ variants }, [name = '', ...words]) {
    const recall = variants[name]?.recall[words.join(' ')];
    return typeof recall === 'number' ? percent(recall) : undefined;
  },
  shifted({ shifts }, [name = '', pixels, measure]) {
    const moved = shifts.find(({ variant, distance }) => variant === name && `${distance}` === pixels);
    return moved && (measure === 'accuracy' || measure === 'consistency')
      ? percent(moved[measure].mean)
      : undefined;
  },
};

/**
 * The text of `answers.md` in the folder of results, its `{{words}}` replaced; undefined if nobody wrote one.
 *
 * @throws AreographError 'name' for words that stand for nothing in these results
 */
export function readAnswers(results: string, numbers: ReportNumbers): string | undefined {
  const file = join(results, answersFile);
  return existsSync(file) ? fillAnswers(readFileSync(file, 'utf8'), numbers, file) : undefined;
}

export function fillAnswers(text: string, numbers: ReportNumbers, where: string): string {
  return text.replaceAll(/\{\{([^}]*)\}\}/g, (whole, inner: string) => {
    const [what = '', ...words] = inner.trim().split(/\s+/);
    const filled = fills[what]?.(numbers, words);
    if (filled !== undefined) return filled;
    throw new AreographError({
      code: 'name',
      where,
      expected: `one of ${Object.keys(fills).join(', ')}, and what the results have of it`,
      found: whole,
      next: 'Correct the words, or finish the runs that they need.',
    });
  });
}

function ofSplit(
  { variants }: ReportNumbers,
  [name, variant = '']: readonly string[],
  measure: 'accuracy' | 'macroF1' | 'balancedAccuracy',
): string | undefined {
  const split = SPLITS.find((each) => each === name);
  const summary = split && variants[variant]?.splits[split][measure];
  return summary ? `${spreadText(summary)} %` : undefined;
}

function comparison(
  { experiments }: ReportNumbers,
  [variant, reference]: readonly string[],
): ComparisonNumbers | undefined {
  const all = experiments.flatMap(({ comparisons }) => comparisons.filter((each) => each !== null));
  return all.find((each) => each.variant === variant && each.reference === reference);
}

function map<T, R>(value: T | undefined, change: (value: T) => R): R | undefined {
  return value === undefined ? undefined : change(value);
}
