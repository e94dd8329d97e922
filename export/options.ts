/** Options from a file, the command line or both, checked by one schema; what is wrong is named by its path. */
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { AreographError, type Problem } from '../dsl/errors.ts';

/** Options as they come, before they are checked. */
export interface RawOptions {
  readonly [field: string]: unknown;
}

/** The path of the field that each flag sets, where that is not the flag's own name: `{ momentum: 'optimizer.momentum' }`. */
export type FlagPaths = Readonly<Record<string, string>>;

export interface OptionSources {
  /** The command line's values by flag; undefined where it is not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly paths: FlagPaths;
  /** What flags override, and the file's name. */
  readonly file?: { readonly name: string; readonly options: RawOptions } | undefined;
}

/**
 * Lays the flags over the file and checks the whole. A flag that names another variant than the file does
 * (`--optimizer sgd`) takes none of the file's options of that variant; where the file names none, it takes all.
 *
 * @throws AreographError 'option' that names the flag or the file's field, with the nearest known name
 */
export function readOptions<T>(schema: z.ZodType<T>, sources: OptionSources): T {
  const given = givenFlags(sources);
  const isName = ({ path }: { path: string }) => path.endsWith('.name');
  const options = [...given.filter(isName), ...given.filter((each) => !isName(each))].reduce(
    (laid, { path, value }) => laidOver(laid, path.split('.'), value),
    sources.file?.options ?? {},
  );

  const checked = checkOptions(schema, options);
  if ('value' in checked) return checked.value;
  const { path, ...complaint } = checked.complaint;
  throw new AreographError({ code: 'option', where: sourceOf(path, sources), ...complaint });
}

/** What is wrong with options, and where, as names with dots between: `optimizer.momentum`. */
export interface Complaint extends Pick<Problem, 'expected' | 'found' | 'next'> {
  readonly path: string;
}

/** What a schema makes of options, or the first thing that it has against them. */
export function checkOptions<T>(
  schema: z.ZodType<T>,
  options: RawOptions,
): { readonly value: T } | { readonly complaint: Complaint } {
  const parsed = schema.safeParse(options, { error: knownFields });
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new Error('a refused value has an issue');
  const { path, expected, found, known } = explained(issue, options);
  const near = found === undefined ? undefined : nearest(found, known);
  const next = near === undefined ? 'Correct it, or leave it out.' : `Did you mean ${near}?`;
  return { complaint: { path, expected, found: found ?? 'nothing', next } };
}

/**
 * Does what may find that an option does not fit a model or its data, and names in such an error the flag or the file
 * that the option is from.
 */
export async function namingSources<T>(sources: OptionSources, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof AreographError) || error.problem.code !== 'option') throw error;
    const { problem } = error;
    throw new AreographError({ ...problem, where: sourceOf(problem.where, sources) }, { cause: error });
  }
}

function givenFlags({ flags, paths }: OptionSources) {
  return Object.entries(flags)
    .filter(([, value]) => value !== undefined)
    .map(([flag, value]) => ({ flag, path: paths[flag] ?? flag, value }));
}

/** The flag, or the file and its field, that set this option; the path itself where neither did. */
function sourceOf(path: string, sources: OptionSources): string {
  const { file } = sources;
  const given = givenFlags(sources).find((each) => path === each.path || path.startsWith(`${each.path}.`));
  if (given !== undefined) return flagName(given.flag, given.value);
  const inFile = file !== undefined && valueAt(file.options, path.split('.')) !== undefined;
  return inFile ? `${path} in ${file.name}` : path;
}

function valueAt(options: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    options,
  );
}

function laidOver(
  options: RawOptions,
  [field = '', ...deeper]: readonly string[],
  value: unknown,
): RawOptions {
  if (deeper.length === 0) return { ...options, [field]: value };
  const before = options[field];
  const section = isRaw(before) ? before : {};
  const { name = value } = section;
  const kept = deeper[0] === 'name' && name !== value ? {} : section;
  return { ...options, [field]: laidOver(kept, deeper, value) };
}

export function isRaw(value: unknown): value is RawOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Issue = z.core.$ZodIssue;

const beside = ' beside ';

/**
 * Zod's message for an unknown field does not say which are known; the schema at fault does: 'momentum, nesterov', and
 * for one variant of several 'momentum, nesterov beside sgd'.
 */
function knownFields(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined;
  const shape: Readonly<Record<string, z.core.$ZodType>> = issue.inst.shape;
  const variant = [...(shape['name']?._zod.values ?? [])].find((value) => typeof value === 'string');
  const fields = Object.keys(shape).filter((field) => variant === undefined || field !== 'name');
  return fields.join(', ') + (variant === undefined ? '' : beside + variant);
}

interface Explained {
  readonly path: string;
  readonly expected: string;
  /** Undefined where there is nothing. */
  readonly found: string | undefined;
  /** Names that might have been meant. */
  readonly known: readonly string[];
}

function explained(issue: Issue, options: RawOptions): Explained {
  if (issue.code === 'unrecognized_keys') {
    const [field = ''] = issue.keys;
    const [known = ''] = issue.message.split(beside);
    const path = [...issue.path, field].join('.');
    return { path, expected: `one of ${issue.message}`, found: field, known: known.split(', ') };
  }
  const value = valueAt(options, issue.path);
  const path = issue.path.join('.');
  const names = namesOf(issue);
  const found = value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
  if (names.length > 0) return { path, expected: `one of ${names.join(', ')}`, found, known: names };
  const expected = wording.reduce((text, [zods, ours]) => text.replace(zods, ours), issue.message);
  return { path, expected, found, known: [] };
}

/** From Zod's "Too small: expected number to be >0" and "Invalid input: expected object, received number" to ours. */
const wording: readonly (readonly [zods: RegExp, ours: string])[] = [
  [/^.*?expected /, ''],
  [/, received .*$/, ''],
  [/^(number|int) to be /, 'a number '],
  [/^number$/, 'a number'],
  [/^int$/, 'an integer'],
  [/^string$/, 'a text'],
  [/^boolean$/, 'true or false'],
  [/^array to have /, 'a list of '],
  [/^array$/, 'a list'],
  [/^(object|record)$/, 'settings in { }'],
  [/>=/, 'at least '],
  [/<=/, 'at most '],
  [/>/, 'over '],
  [/</, 'under '],
];

/** The strings that are allowed in this place: of a choice, or of the variants' names. */
function namesOf(issue: Issue): string[] {
  const allowed =
    issue.code === 'invalid_value'
      ? issue.values
      : issue.code === 'invalid_union' && 'options' in issue
        ? issue.options
        : [];
  return allowed.filter((name) => typeof name === 'string');
}

/** The closest name, unless it is as good as another word. */
function nearest(found: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const near = closest(found, known);
  return distance(found, near) <= Math.max(2, near.length / 3) ? near : undefined;
}

/** `weightDecay` as `--weight-decay`, and a flag that switches off as `--no-nesterov`. */
export function flagName(flag: string, value: unknown): string {
  return `--${value === false ? 'no-' : ''}${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
