import type { DatasetRecord, Result, StudyRecord } from './result.ts';

/** All that is kept of a study: what its tables and figures are made from. */
export interface StudyResults {
  readonly dataset: DatasetRecord;
  readonly study: StudyRecord;
  /** Of the runs that are finished. */
  readonly results: readonly Result[];
}
