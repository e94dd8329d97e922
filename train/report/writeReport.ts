/** Writes the report on a study: report.md, report.html, report.json and figures/. */
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { writeDocument } from '../document/page.ts';
import type { StudyResults } from '../experiments/studyResults.ts';
import { writeTextAtomic } from '../writeFile.ts';
import { readAnswers } from './answers.ts';
import { readKeptModels } from './figures/keptModel.ts';
import { type ReportNumbers, reportNumbers } from './numbers.ts';
import { studyReport } from './report.ts';

export interface ReportParts {
  /** Folder of the results, for the models and the answers that are kept there. */
  readonly results: string;
  readonly study: StudyResults;
  /** The images, where figures may show some. */
  readonly images: Dataset | undefined;
  readonly out: string;
}

/**
 * @throws AreographError 'model' if a kept model is none of ours, 'name' for an answer with words that the results do
 * not fill, 'storage' if the folder cannot be written
 */
export async function writeReport({ results, study, images, out }: ReportParts): Promise<ReportNumbers> {
  const numbers = reportNumbers(study);
  const answers = readAnswers(results, numbers);
  const kept = readKeptModels(results, Object.keys(study.study.variants));
  const page = await studyReport({ study, numbers, kept, images }, answers);
  writeDocument(out, { name: 'report', ...page });
  writeTextAtomic(join(out, 'report.json'), `${JSON.stringify(numbers)}\n`);
  return numbers;
}
