/** Opens the folder of a study's results for more runs, if what is there was made of the same data by the same code. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { toArchitecture } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';
import { summarize } from '../../dsl/summary.ts';
import type { Device } from '../../runtime/session.ts';
import type { Dataset } from '../data/dataset.ts';
import { asStorageError } from '../data/disk.ts';
import { openPreprocessing } from '../preprocess.ts';
import type { RunOptions } from '../runOptions.ts';
import { environment, hashOf, trainingOptions } from '../start.ts';
import { compileTraining } from '../trainingSession.ts';
import { writeTextAtomic } from '../writeFile.ts';
import { datasetRecord } from './datasetRecord.ts';
import type { PlannedRun } from './plan.ts';
import { type Result, resultFormat, type StudyRecord } from './result.ts';
import { differences } from './settings.ts';
import type { Study } from './study.ts';
import { ResultsFolder } from './studyResults.ts';

export interface OpenResults {
  readonly folder: ResultsFolder;
  /** Of the planned runs, those that are done, by {@link runKey}. */
  readonly done: ReadonlyMap<string, Result>;
  /** What is worth telling. */
  readonly notes: readonly string[];
}

export function runKey({ variant, seed }: { readonly variant: string; readonly seed: number }): string {
  return `${variant}.${seed}`;
}

/** Where runs are done. */
export interface Machine {
  readonly device: Device;
  /** For one operator; undefined is one per core. */
  readonly threads: number | undefined;
}

/** The options of a planned run. */
export function runOptions(
  { variant, seed, settings }: PlannedRun,
  { device, threads }: Machine,
): RunOptions {
  const { network: _, ...options } = settings;
  return {
    ...options,
    model: variant,
    seed,
    autotune: false,
    device,
    ...(threads === undefined ? {} : { threads }),
  };
}

/**
 * @throws AreographError 'run' that names the difference, if results in the folder are of other images, another
 * version of the code, or other settings than the study declares
 */
export async function openResults(
  directory: string,
  study: Study,
  planned: readonly PlannedRun[],
  dataset: Dataset,
  device: Device,
): Promise<OpenResults> {
  const folder = new ResultsFolder(directory);
  const notes: string[] = [];
  const before = folder.read((file) => notes.push(`${file} cannot be read: that run is done again`));
  if (before !== undefined && before.dataset.fingerprint !== dataset.fingerprint) {
    throw different(
      folder.datasetFile,
      `results on the images of ${dataset.directory} (fingerprint ${dataset.fingerprint.slice(0, 12)})`,
      `results on ${before.dataset.name} (${before.dataset.fingerprint.slice(0, 12)})`,
    );
  }
  if (before !== undefined && before.study.name !== study.name) {
    throw different(
      folder.studyFile,
      `results of the study '${study.name}'`,
      `those of '${before.study.name}'`,
    );
  }
  const found = new Map(before?.results.map((result) => [runKey(result), result]));
  const done = new Map<string, Result>();
  const graphs = new Map<string, string>();
  for (const run of planned) {
    const result = found.get(runKey(run));
    if (result === undefined) continue;
    const file = folder.runFile(run.variant, run.seed);
    requireSameSettings(result, run, file);
    const graph = graphs.get(run.variant) ?? graphHash(run, dataset, device);
    graphs.set(run.variant, graph);
    await requireSameCode(result, run, graph, device, file);
    done.set(runKey(run), result);
  }
  return { folder, done, notes };
}

function requireSameSettings(result: Result, { variant, settings }: PlannedRun, file: string): void {
  const [path] = differences({ ...result.options, network: result.network }, settings);
  if (path === undefined) return;
  throw different(file, `settings of ${variant} as the study declares them`, `other ones: ${path} differs`);
}

async function requireSameCode(
  result: Result,
  { model, variant }: PlannedRun,
  graph: string,
  device: Device,
  file: string,
): Promise<void> {
  const { areograph = 'unknown', onnxruntime = 'unknown' } = environment();
  const { key } = await openPreprocessing(model.input);
  const parts = [
    ['version of areograph', result.environment['areograph'] ?? 'unknown', areograph],
    ['version of onnxruntime', result.environment['onnxruntime'] ?? 'unknown', onnxruntime],
    ['device', result.device, device],
    ['decoding and resizing', result.preprocessing.slice(0, 12), key.slice(0, 12)],
    ['training graph', result.graph.slice(0, 12), graph.slice(0, 12)],
  ] as const;
  for (const [part, then, now] of parts) {
    if (then === now) continue;
    throw different(file, `the ${part} that it has now, ${now}, for ${variant}`, `that of another, ${then}`);
  }
}

function graphHash(run: PlannedRun, dataset: Dataset, device: Device): string {
  return hashOf(
    compileTraining(
      run.model,
      trainingOptions(runOptions(run, { device, threads: undefined }), dataset, device),
    ),
  );
}

/**
 * Writes down what the study declares, so that what has not run can be told.
 *
 * @throws AreographError 'storage' if it cannot be written
 */
export function writeDeclaration(
  folder: ResultsFolder,
  { name, title, experiments, keep }: Study,
  planned: readonly PlannedRun[],
  dataset: Dataset,
): void {
  const variants = planned.map(({ variant, settings: { network, ...options }, model }) => {
    const { parameters, flops } = summarize(model);
    return [variant, { network, options, architecture: toArchitecture(model), parameters, flops }] as const;
  });
  const record: StudyRecord = {
    format: resultFormat,
    name,
    title,
    variants: Object.fromEntries(variants),
    experiments: [...experiments],
  };
  try {
    mkdirSync(folder.runs, { recursive: true });
    if (keep.length > 0) mkdirSync(dirname(folder.modelFile('')), { recursive: true });
  } catch (error) {
    throw asStorageError(error, folder.directory, 0, 'Choose another --out.');
  }
  writeTextAtomic(folder.datasetFile, `${JSON.stringify(datasetRecord(dataset))}\n`);
  writeTextAtomic(folder.studyFile, `${JSON.stringify(record, undefined, 2)}\n`);
}

function different(where: string, expected: string, found: string): AreographError {
  return new AreographError({
    code: 'run',
    where,
    expected,
    found,
    next: 'Give another folder with --out, or put back what has changed.',
  });
}
