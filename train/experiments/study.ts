/** A study: variants, and experiments that compare those of them that differ in one thing. Read from a file. */
import { z } from 'zod';
import { AreographError } from '../../dsl/errors.ts';
import { importDefault } from '../../dsl/importFile.ts';
import type { RawOptions } from '../../export/options.ts';
import { readOptions } from '../../export/options.ts';
import type { ExperimentRecord } from './result.ts';
import { differences, readSettings, type Settings, type SettingsInput, settingAt } from './settings.ts';

/** What a study file holds: end it with `export default { ... } satisfies StudyFile`. */
export interface StudyFile {
  /** Names the folder of its results. */
  readonly name: string;
  readonly title: string;
  /** Every variant is trained once with each. */
  readonly seeds: readonly number[];
  /** What all variants share. */
  readonly base?: SettingsInput;
  /** What each changes of it. */
  readonly variants: Readonly<Record<string, SettingsInput>>;
  readonly experiments: Readonly<Record<string, ExperimentFile>>;
  /** Variants whose model is kept with the results: of the seed that is best on val, weights as float16. */
  readonly keep?: readonly string[];
}

export interface ExperimentFile {
  readonly question: string;
  /** Path of the one setting that varies, such as `network.kernel`. */
  readonly factor: string;
  /** The first is what the others are compared with. */
  readonly variants: readonly string[];
  /** Default: the study's. */
  readonly seeds?: readonly number[] | undefined;
}

export interface Study {
  readonly name: string;
  readonly title: string;
  readonly variants: ReadonlyMap<string, Settings>;
  readonly experiments: readonly ExperimentRecord[];
  readonly keep: readonly string[];
}

const fileName = z.string().regex(/^\w[\w.-]*$/, { error: 'expected a name of letters, digits, ., _ and -' });
const seeds = z.array(z.int()).min(1);
const settings = z.custom<RawOptions>((value) => z.record(z.string(), z.unknown()).safeParse(value).success, {
  error: 'expected settings in { }',
});

const studySchema = z.strictObject({
  name: fileName,
  title: z.string().min(1),
  seeds,
  base: settings.default({}),
  variants: z.record(fileName, settings),
  experiments: z.record(
    z.string().min(1),
    z.strictObject({
      question: z.string().min(1),
      factor: z.string().min(1),
      variants: z.array(z.string()).min(2),
      seeds: seeds.optional(),
    }),
  ),
  keep: z.array(z.string()).default([]),
});

/**
 * Reads a study and checks it.
 *
 * @throws AreographError 'option' with the path of the wrong field; above all for an experiment whose variants
 * differ in anything but its factor
 */
export async function readStudy(file: string): Promise<Study> {
  const exported = await importDefault(file, {
    code: 'option',
    expected: 'a .ts file that exports a study as its default',
  });
  return checkStudy(exported, file);
}

/** @param where names the study in errors; throws as {@link readStudy} does */
export function checkStudy(declared: unknown, where: string): Study {
  const raw = z.record(z.string(), z.unknown()).safeParse(declared);
  if (!raw.success) {
    throw new AreographError({
      code: 'option',
      where,
      expected: 'a study in { }',
      found: Array.isArray(declared) ? 'a list' : typeof declared,
      next: 'End the file with `export default { ... } satisfies StudyFile`.',
    });
  }
  const file = readOptions(studySchema, { flags: {}, paths: {}, file: { name: where, options: raw.data } });
  readSettings({}, file.base, `base of ${where}`);
  const variants = new Map(
    Object.entries(file.variants).map(([name, changed]) => [
      name,
      readSettings(file.base, changed, `variants.${name} of ${where}`),
    ]),
  );
  for (const [index, name] of file.keep.entries()) {
    requireKnown(name, variants, `keep.${index} in ${where}`);
    if (variants.get(name)?.permutePixels) {
      throw new AreographError({
        code: 'option',
        where: `keep.${index} in ${where}`,
        expected: 'variants that take images as they are',
        found: `${name}, which is trained on permuted pixels`,
        next: 'Leave it out: its model would be wrong for every photograph.',
      });
    }
  }
  const experiments = Object.entries(file.experiments).map(([name, experiment]): ExperimentRecord => {
    const place = `experiments.${name}`;
    for (const [index, variant] of experiment.variants.entries()) {
      requireKnown(variant, variants, `${place}.variants.${index} in ${where}`);
    }
    requireOneFactor(experiment, variants, `${place} in ${where}`);
    return { name, ...experiment, seeds: experiment.seeds ?? file.seeds };
  });
  const compared = new Set(Object.values(file.experiments).flatMap((experiment) => experiment.variants));
  const idle = [...variants.keys()].find((name) => !compared.has(name));
  if (idle !== undefined) {
    throw new AreographError({
      code: 'option',
      where: `variants.${idle} in ${where}`,
      expected: 'variants that an experiment compares',
      found: 'one that is in none, and would never be trained',
      next: 'Add it to an experiment, or leave it out.',
    });
  }
  return { name: file.name, title: file.title, variants, experiments, keep: file.keep };
}

function requireKnown(name: string, variants: ReadonlyMap<string, Settings>, where: string): void {
  if (variants.has(name)) return;
  throw new AreographError({
    code: 'option',
    where,
    expected: `one of the variants, ${[...variants.keys()].join(', ')}`,
    found: name,
    next: 'Correct the name, or declare the variant.',
  });
}

/** Two things that vary at once explain nothing: neither can be told from the other. */
function requireOneFactor(
  { factor, variants: names }: ExperimentFile,
  variants: ReadonlyMap<string, Settings>,
  where: string,
): void {
  const all = names.flatMap((name) => {
    const found = variants.get(name);
    return found === undefined ? [] : [{ name, settings: found }];
  });
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      const paths = differences(one.settings, other.settings);
      const [path, ...others] = paths;
      if (path !== undefined && others.length === 0 && (path === factor || path.startsWith(`${factor}.`)))
        continue;
      const shown = paths.map(
        (path) => `${path} (${[one, other].map((each) => shownSetting(each.settings, path)).join(', ')})`,
      );
      throw new AreographError({
        code: 'option',
        where,
        expected: `variants that differ in ${factor} alone`,
        found:
          paths.length === 0
            ? `${one.name} and ${other.name}, which are the same`
            : `${one.name} and ${other.name}, which differ in ${shown.join(' and ')}`,
        next: 'Vary one thing at a time: give them the same of the others, or make it two experiments.',
      });
    }
  }
}

function shownSetting(settings: Settings, path: string): string {
  return JSON.stringify(settingAt(settings, path)) ?? 'none';
}
