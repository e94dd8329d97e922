/** The models that the page offers, as the study left them. */
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

/** The default first. */
export function packedModels(): PackedModel[] {
  const names = readdirSync(folder).map((file) => basename(file, '.onnx'));
  const rank = (name: string) => (name === defaultName ? 0 : 1);
  return names
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => packed(name, readFileSync(join(folder, `${name}.onnx`))));
}

/**
 * A model as the page gets it. The default one is the server's own file, so that both give the same numbers; of the others,
 * which are larger and there to compare, int8 weights are enough where the top class stays the same.
 */
function packed(name: string, bytes: Uint8Array): PackedModel {
  const weightType = name === defaultName ? 'float16' : weightTypeFor(int8Results, name, bytes);
  return { name, bytes: withWeightType(bytes, name, weightType), weightType };
}
