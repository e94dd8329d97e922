/** The models that the page offers: the default, and those of the study. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withWeightType } from '../../export/modelFile.ts';
import { defaultModel } from '../../runtime/defaultModel.ts';
import { readInt8Results, weightTypeFor } from '../../train/quantize/int8Results.ts';
import type { CatalogueEntry } from '../catalogue.ts';

const folder = fileURLToPath(new URL('../../results/mars/models', import.meta.url));

const int8Results = readInt8Results();

export const defaultName = basename(defaultModel, '.onnx');

export interface PackedModel extends Pick<CatalogueEntry, 'name' | 'weightType'> {
  readonly bytes: Uint8Array;
}

/** The default first: the server's own file, so that both give the same numbers. */
export function packedModels(): PackedModel[] {
  const studied = readdirSync(folder).map((file) =>
    packed(basename(file, '.onnx'), readFileSync(join(folder, file))),
  );
  return [{ name: defaultName, bytes: readFileSync(defaultModel), weightType: 'float16' }, ...studied];
}

/** A model of the study as the page gets it: there to compare, so int8 weights are enough where the top class stays. */
function packed(name: string, bytes: Uint8Array): PackedModel {
  const weightType = weightTypeFor(int8Results, name, bytes);
  return { name, bytes: withWeightType(bytes, name, weightType), weightType };
}
