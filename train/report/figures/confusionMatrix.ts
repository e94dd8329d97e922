import type { ChartSpec } from '../../../chart/chart.ts';
import { confusionChart } from '../../document/confusionChart.ts';
import type { StudyResults } from '../../experiments/studyResults.ts';
import { measuresOf, runsOf } from '../runs.ts';

/** What test images of each class are called by a variant, summed over its seeds. */
export function confusionMatrix(study: StudyResults, variant: string): ChartSpec {
  const matrices = runsOf(study, variant).map((run) => measuresOf(study, run, 'test').confusion);
  return confusionChart({ classes: study.dataset.classes, matrices, of: variant });
}
