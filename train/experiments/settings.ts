/** What a variant of a study is: a network, and the options of the runs that train it. */
import { z } from 'zod';
import { AreographError } from '../../dsl/errors.ts';
import { isRaw, type RawOptions, readOptions } from '../../export/options.ts';
import { type RunFile, type RunOptions, runOptionsSchema } from '../runOptions.ts';
import { networkSchema } from './network.ts';

/** Options of a run that the study says elsewhere, or that are the machine's. */
const notVaried = ['model', 'data', 'seed', 'init', 'autotune', 'device', 'threads'] as const;
type NotVaried = (typeof notVaried)[number];

const networkPart = z.strictObject({ network: networkSchema.prefault({ family: 'conv' }) });
const sizePart = z.looseObject({ size: z.int().min(1).default(128) });

/** Some settings, as a study file gives them: what is left out comes from the study's `base`, then from the defaults. */
export interface SettingsInput extends Omit<RunFile, NotVaried> {
  readonly network?: Partial<z.input<typeof networkSchema>>;
}

/** All settings of a variant. */
export type Settings = z.output<typeof networkPart> & Omit<RunOptions, NotVaried> & { readonly size: number };

/**
 * The settings laid over the base, in full.
 *
 * @param where names them in errors
 * @throws AreographError 'option' that names the path of the wrong field
 */
export function readSettings(base: RawOptions, settings: RawOptions, where: string): Settings {
  const { network = {}, ...rest } = laidOver(base, settings);
  const given = notVaried.find((name) => name in rest);
  if (given !== undefined) {
    throw new AreographError({
      code: 'option',
      where: `${given} in ${where}`,
      expected: 'what differs between networks and ways to train them',
      found: `${given}, which the study or the command says for all of them`,
      next: 'Leave it out.',
    });
  }
  const options = isRaw(network) ? { family: 'conv', ...network } : network;
  const from = (part: RawOptions) => ({ flags: {}, paths: {}, file: { name: where, options: part } });
  const { size } = readOptions(sizePart, from(rest));
  const { model: _, seed: __, autotune: ___, ...run } = readOptions(runOptionsSchema, from(rest));
  return { ...readOptions(networkPart, from({ network: options })), ...run, size };
}

/** What tells the variants of a section apart: with another one, its other options mean something else. */
const discriminators = ['family', 'name'] as const;

function laidOver(below: RawOptions, above: RawOptions): RawOptions {
  const another = discriminators.some((key) => key in below && key in above && below[key] !== above[key]);
  if (another) return above;
  const merged = Object.entries(above).map(([key, value]) => {
    const before = below[key];
    return [key, isRaw(before) && isRaw(value) ? laidOver(before, value) : value];
  });
  return { ...below, ...Object.fromEntries(merged) };
}

/** Paths of the settings in which the two differ; sections of two kinds in their kind, and in what both kinds have. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (!isRaw(a) || !isRaw(b)) return JSON.stringify(a) === JSON.stringify(b) ? [] : [path];
  const kind = discriminators.find((key) => key in a && key in b && a[key] !== b[key]);
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (key) => kind === undefined || (key in a && key in b),
  );
  return keys.flatMap((key) => differences(a[key], b[key], at(key)));
}

/** The setting at a path such as `network.kernel`. */
export function settingAt(settings: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isRaw(inner) ? inner[key] : undefined), settings);
}
