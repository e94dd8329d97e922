/** Reads what is kept of a study. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { AreographError } from '../../dsl/errors.ts';
import { SPLITS } from '../data/listing.ts';
import {
  type DatasetRecord,
  datasetRecordSchema,
  type Result,
  resultFormat,
  resultSchema,
  type StudyRecord,
  studyRecordSchema,
} from './result.ts';
import { differences } from './settings.ts';

export interface StudyResults {
  readonly dataset: DatasetRecord;
  readonly study: StudyRecord;
  /** Of the declared runs, those that are finished, in the order of their files' names. */
  readonly results: readonly Result[];
}

/** The folder of a study's results, and the names of what is in it. */
export class ResultsFolder {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = resolve(directory);
  }

  get studyFile(): string {
    return join(this.directory, 'study.json');
  }

  get datasetFile(): string {
    return join(this.directory, 'dataset.json');
  }

  get runs(): string {
    return join(this.directory, 'runs');
  }

  runFile(variant: string, seed: number): string {
    return join(this.runs, `${variant}.${seed}.json`);
  }

  modelFile(variant: string): string {
    return join(this.directory, 'models', `${variant}.onnx`);
  }

  /**
   * What the folder holds, or undefined if no study was begun there.
   *
   * @param onDamaged told of results that cannot be read, such as half-written ones: they count as not run
   * @throws AreographError 'run' if it is of another format than this version's, or if a result is of other images or
   *   settings than the folder says
   */
  read(onDamaged: (file: string) => void = () => {}): StudyResults | undefined {
    if (!existsSync(this.studyFile) || !existsSync(this.datasetFile)) return undefined;
    const study = this.#parse(this.studyFile, studyRecordSchema);
    const dataset = this.#parse(this.datasetFile, datasetRecordSchema);
    const files = existsSync(this.runs)
      ? readdirSync(this.runs)
          .filter((name) => name.endsWith('.json'))
          .sort()
      : [];
    const results = files.flatMap((name) => {
      const file = join(this.runs, name);
      const result = resultSchema.safeParse(readJson(file));
      if (!result.success) onDamaged(file);
      if (!result.success || !isDeclared(study, result.data)) return [];
      requireConsistent(result.data, study, dataset, file);
      return [result.data];
    });
    return { dataset, study, results };
  }

  #parse<T>(file: string, schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(readJson(file));
    if (parsed.success) return parsed.data;
    throw new AreographError({
      code: 'run',
      where: file,
      expected: 'what `npm run experiments` writes there',
      found: z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '),
      next: 'Put the file back as it was, or give the results another folder with --out.',
    });
  }
}

function isDeclared({ experiments }: StudyRecord, { variant, seed }: Result): boolean {
  return experiments.some(({ variants, seeds }) => variants.includes(variant) && seeds.includes(seed));
}

function requireConsistent(
  { variant, fingerprint, network, options, splits }: Result,
  { variants }: StudyRecord,
  dataset: DatasetRecord,
  file: string,
): void {
  const declared = variants[variant];
  const [path] =
    declared === undefined
      ? []
      : differences({ ...options, network }, { ...declared.options, network: declared.network });
  const short = SPLITS.find(
    (split) => splits[split].predictions.length !== dataset.splits[split].labels.length,
  );
  const found =
    fingerprint !== dataset.fingerprint
      ? `one on others (fingerprint ${fingerprint.slice(0, 12)})`
      : path !== undefined
        ? `one with other settings: ${path} differs`
        : short !== undefined
          ? `${splits[short].predictions.length} predictions for the ${dataset.splits[short].labels.length} images of ${short}`
          : undefined;
  if (found === undefined) return;
  throw new AreographError({
    code: 'run',
    where: file,
    expected: `a result of the study beside it, on its images (${dataset.fingerprint.slice(0, 12)})`,
    found,
    next: 'Move the file away; `npm run experiments` does that run again.',
  });
}

/**
 * @param onDamaged as in {@link ResultsFolder.read}
 * @throws AreographError 'run' if there are none, or they are of another version, or do not belong together
 */
export function readStudyResults(directory: string, onDamaged?: (file: string) => void): StudyResults {
  const found = new ResultsFolder(directory).read(onDamaged);
  if (found !== undefined) return found;
  throw new AreographError({
    code: 'run',
    where: resolve(directory),
    expected: 'the results of a study, with study.json and dataset.json',
    found: existsSync(directory) ? 'a folder without them' : 'no such folder',
    next: 'Run `npm run experiments` first, or give the folder that it printed.',
  });
}

/** The JSON of a file, in our format; undefined, which no schema takes, where it is none. */
function readJson(file: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  requireFormat(json, file);
  return json;
}

function requireFormat(json: unknown, file: string): void {
  const formatted = z.object({ format: z.number() }).safeParse(json);
  if (!formatted.success || formatted.data.format === resultFormat) return;
  throw new AreographError({
    code: 'run',
    where: file,
    expected: `results in format ${resultFormat}, as this version writes them`,
    found: `format ${formatted.data.format}`,
    next: 'Check out the version that wrote them, or give the results another folder with --out.',
  });
}
