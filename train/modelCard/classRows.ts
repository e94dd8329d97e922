/** What is said of each class: how much of it there was to learn from, and how well it is known on test. */
import type { Evaluation, SplitFacts, SplitScores } from '../evaluate/evaluation.ts';
import { type Interval, wilsonInterval } from '../experiments/statistics.ts';

export interface ClassRow {
  readonly name: string;
  readonly label: number;
  readonly learnt: SplitFacts['classes'][number];
  readonly met: SplitFacts['classes'][number];
  readonly val: SplitScores['classes'][number];
  readonly test: SplitScores['classes'][number];
  /** 95 % of the recall on test, as if each exposure were one trial: its images are right or wrong together. */
  readonly interval: Interval | null;
}

/** Those with the most training images first. */
export function classRows({ config, data, splits }: Evaluation): ClassRow[] {
  const none = { images: 0, exposures: 0, instruments: {} };
  const unmeasured = { support: 0, precision: null, recall: null, f1: null };
  const rows = config.data.classes.map((name, label) => {
    const met = data.test.classes[label] ?? none;
    const test = splits.test.classes[label] ?? unmeasured;
    return {
      name,
      label,
      learnt: data.train.classes[label] ?? none,
      met,
      val: splits.val.classes[label] ?? unmeasured,
      test,
      interval: test.recall === null ? null : wilsonInterval(test.recall, met.exposures),
    };
  });
  return rows.sort((a, b) => b.learnt.images - a.learnt.images);
}
