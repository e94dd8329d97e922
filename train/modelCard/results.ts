/** What is kept of a model, and the model card is written from: evaluations of runs, and what else was measured. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { AreographError } from '../../dsl/errors.ts';
import { type Evaluation, readEvaluation } from '../evaluate/evaluation.ts';
import { differences } from '../experiments/settings.ts';
import { type Compression, compressionSchema } from './compression.ts';

export interface KeptRun {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly evaluation: Evaluation;
}

export interface ModelResults {
  /** Absolute. */
  readonly directory: string;
  /** Of one recipe, by seed. */
  readonly runs: readonly [KeptRun, ...KeptRun[]];
  /** Of the runs, the one that is best on val: its file is the one to ship. */
  readonly shipped: KeptRun;
  /** Runs of other recipes, the best on val first. */
  readonly tried: readonly KeptRun[];
  /** Runs on `npm run hold-out`'s early days of train, the most accurate on the later ones first. */
  readonly heldOut: readonly KeptRun[];
  /** What `npm run train -- --config` takes; null if it is not kept. */
  readonly recipe: Readonly<Record<string, unknown>> | null;
  readonly compression: Compression | null;
}

/** Names of what is in the folder. */
export const recipeFile = 'recipe.json';
export const compressionFile = 'compression.json';

/** What runs of one recipe may differ in: the seed and the machine, and what follows from them. */
const notRecipe = ['seed', 'data', 'environment', 'device', 'threads', 'graph', 'preprocessing'];

/**
 * Reads `runs/*.json`, `tried/*.json`, `hold-out/*.json`, `recipe.json` and `compression.json`; all but the first may be
 * missing.
 *
 * @throws AreographError 'run' if there are no runs, if one is of other images or another recipe than the first, if a seed
 *   comes twice, if those on held-out days are not all of the same images, or if a file cannot be read
 */
export function readModelResults(folder: string): ModelResults {
  const directory = resolve(folder);
  const [first, ...others] = keptIn(join(directory, 'runs')).sort((a, b) => seedOf(a) - seedOf(b));
  if (first === undefined) {
    throw new AreographError({
      code: 'run',
      where: join(directory, 'runs'),
      expected: 'evaluations of the runs of one recipe',
      found: 'none',
      next: `Write them: npm run evaluate -- RUN --out ${join(folder, 'runs', '1.json')}`,
    });
  }
  const tried = keptIn(join(directory, 'tried')).sort((a, b) => valAccuracy(b) - valAccuracy(a));
  const heldOut = keptIn(join(directory, 'hold-out')).sort((a, b) => testAccuracy(b) - testAccuracy(a));
  for (const run of [...others, ...tried]) requireSameImages(run, first);
  for (const run of heldOut) requireSameImages(run, heldOut[0] ?? run);
  for (const run of others) requireSameRecipe(run, first);
  const runs: ModelResults['runs'] = [first, ...others];
  return {
    directory,
    runs,
    shipped: runs.reduce((best, run) => (valAccuracy(run) > valAccuracy(best) ? run : best)),
    tried,
    heldOut,
    recipe: readOptional(join(directory, recipeFile), z.record(z.string(), z.unknown())),
    compression: readOptional(join(directory, compressionFile), compressionSchema),
  };
}

/** Paths of the settings in which two runs differ, seed and machine aside. */
export function recipeDifferences(a: Evaluation['config'], b: Evaluation['config']): string[] {
  return differences(a, b).filter((path) => !notRecipe.includes(path.split('.')[0] ?? ''));
}

export function valAccuracy({ evaluation }: KeptRun): number {
  return evaluation.splits.val.accuracy;
}

function testAccuracy({ evaluation }: KeptRun): number {
  return evaluation.splits.test.accuracy;
}

function seedOf({ evaluation }: KeptRun): number {
  return evaluation.config.seed;
}

function keptIn(folder: string): KeptRun[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.sort().map((file) => ({
    name: basename(file, '.json'),
    evaluation: readEvaluation(join(folder, file)),
  }));
}

function requireSameImages({ name, evaluation }: KeptRun, first: KeptRun): void {
  const [found, expected] = [evaluation, first.evaluation].map(({ config }) => config.data.fingerprint);
  if (found === expected) return;
  throw new AreographError({
    code: 'run',
    where: name,
    expected: `a run on the images of ${first.name} (fingerprint ${expected?.slice(0, 12)})`,
    found: `one on others (${found?.slice(0, 12)})`,
    next: 'Move the file away, or evaluate runs on the same images.',
  });
}

function requireSameRecipe(run: KeptRun, first: KeptRun): void {
  const paths = recipeDifferences(first.evaluation.config, run.evaluation.config);
  const repeated = seedOf(run) === seedOf(first);
  if (paths.length === 0 && !repeated) return;
  throw new AreographError({
    code: 'run',
    where: run.name,
    expected: `the recipe of ${first.name} with another seed`,
    found: repeated ? `seed ${seedOf(run)} again` : `another ${paths.join(', ')}`,
    next: 'Move it to tried/, or away.',
  });
}

function readOptional<T>(file: string, schema: z.ZodType<T>): T | null {
  if (!existsSync(file)) return null;
  const refusal = (found: string) =>
    new AreographError({
      code: 'run',
      where: file,
      expected: 'JSON of the form that its command writes',
      found,
      next: 'Write it again, or move it away.',
    });
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error));
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw refusal(z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, ' '));
}
