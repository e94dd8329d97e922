/** What the sections of the report are written from. */
import type { Dataset } from '../data/dataset.ts';
import type { Section } from '../document/section.ts';
import type { ExperimentRecord } from '../experiments/result.ts';
import type { StudyResults } from '../experiments/studyResults.ts';
import type { KeptModel } from './figures/keptModel.ts';
import type { ReportNumbers } from './numbers.ts';

export interface ReportContext {
  readonly study: StudyResults;
  readonly numbers: ReportNumbers;
  /** Models that are kept with the results. */
  readonly kept: readonly KeptModel[];
  /** The images, where they are there and may be shown. */
  readonly images: Dataset | undefined;
}

export type WriteSection = (context: ReportContext) => Promise<Section>;

/** The first experiment that varies this, if the study has one. */
export function experimentOn(
  { study }: ReportContext,
  factor: ExperimentRecord['factor'],
): ExperimentRecord | undefined {
  return study.study.experiments.find((experiment) => experiment.factor === factor);
}

/** The variants of the study's first questions: those of its experiments on the family and on the kernel. */
export function mainVariants(context: ReportContext): string[] {
  const experiments = ['network.family', 'network.kernel'].flatMap(
    (factor) => experimentOn(context, factor) ?? [],
  );
  const [first] = context.study.study.experiments;
  const chosen = experiments.length > 0 ? experiments : first === undefined ? [] : [first];
  return [...new Set(chosen.flatMap(({ variants }) => variants))];
}

/** Those of them that have a finished run. */
export function finishedVariants(context: ReportContext): string[] {
  return mainVariants(context).filter(
    (variant) => (context.numbers.variants[variant]?.seeds.length ?? 0) > 0,
  );
}
