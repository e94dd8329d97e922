/** For tests and benches: the models of a built page. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogueFile, catalogueSchema } from '../catalogue.ts';
import type { BuiltDemo } from './builtDemo.ts';

export interface BuiltModel {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
}

/** The default first. */
export async function modelsOf({ folder }: BuiltDemo): Promise<BuiltModel[]> {
  const catalogue = catalogueSchema.parse(JSON.parse(await readFile(join(folder, catalogueFile), 'utf8')));
  return catalogue.map(({ name, file }) => ({ name, file: join(folder, file) }));
}

/** @throws Error if there is no model of this name */
export async function fileOf(demo: BuiltDemo, name: string): Promise<string> {
  const found = (await modelsOf(demo)).find((model) => model.name === name);
  if (found === undefined) throw new Error(`the page has no model ${name}`);
  return found.file;
}
