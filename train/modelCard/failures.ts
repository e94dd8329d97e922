/** Where the model fails on test, and what the data say about why. */
import { sum } from 'd3-array';
import { totalVariation } from '../eda/distances.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { type ClassRow, classRows } from './classRows.ts';

export interface Failure {
  readonly row: ClassRow;
  readonly f1: number;
  /** What its test images are called instead, the most frequent first: class, and share of its images. */
  readonly confusions: readonly { readonly name: string; readonly share: number }[];
  /** Its share of the images of train and of test. */
  readonly frequency: { readonly train: number; readonly test: number };
  /** By how much its images differ by instrument between train and test; null if the names do not tell. */
  readonly instruments: {
    readonly variation: number;
    /** The one whose share grew most. */
    readonly grown: { readonly name: string; readonly train: number; readonly test: number };
  } | null;
}

/** The classes with test images that have the lowest F1, the lowest first, and of equal ones the one with more images. */
export function failures(evaluation: Evaluation, count: number): Failure[] {
  const { data, splits, config } = evaluation;
  return classRows(evaluation)
    .flatMap((row) => (row.test.support > 0 && row.test.f1 !== null ? [{ row, f1: row.test.f1 }] : []))
    .sort((a, b) => a.f1 - b.f1 || b.row.test.support - a.row.test.support)
    .slice(0, count)
    .map(({ row, f1 }) => ({
      row,
      f1,
      confusions: (splits.test.confusion[row.label] ?? [])
        .map((images, prediction) => ({
          name: config.data.classes[prediction] ?? '',
          share: prediction === row.label ? 0 : images / row.test.support,
        }))
        .filter(({ share }) => share > 0)
        .sort((a, b) => b.share - a.share)
        .slice(0, 3),
      frequency: {
        train: row.learnt.images / data.train.images,
        test: row.met.images / data.test.images,
      },
      instruments: instrumentShift(row),
    }));
}

/** Share of the errors on test that are images of classes of which train has under so many exposures. */
export function errorsOfRareClasses(evaluation: Evaluation, exposures: number): number {
  const errors = (rows: readonly ClassRow[]) =>
    sum(rows, ({ test }) => test.support * (1 - (test.recall ?? 1)));
  const rows = classRows(evaluation);
  return errors(rows.filter(({ learnt }) => learnt.exposures < exposures)) / Math.max(errors(rows), 1e-12);
}

function instrumentShift({ learnt, met }: ClassRow): Failure['instruments'] {
  const names = [...new Set([...Object.keys(learnt.instruments), ...Object.keys(met.instruments)])];
  const before = names.map((name) => learnt.instruments[name] ?? 0);
  const after = names.map((name) => met.instruments[name] ?? 0);
  if (sum(before) === 0 || sum(after) === 0) return null;
  const shares = names.map((name, i) => ({
    name,
    train: (before[i] ?? 0) / sum(before),
    test: (after[i] ?? 0) / sum(after),
  }));
  return {
    variation: totalVariation(before, after),
    grown: shares.reduce((most, each) => (each.test - each.train > most.test - most.train ? each : most)),
  };
}
