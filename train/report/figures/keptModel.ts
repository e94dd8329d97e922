/** Trained models that were kept with a study's results, for figures of what they learnt. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fromArchitecture } from '../../../dsl/architecture.ts';
import type { Model } from '../../../dsl/model.ts';
import { readModelMetadata } from '../../../export/modelFile.ts';
import { dataOf } from '../../../export/namedTensor.ts';
import { decodeInitializers } from '../../../export/onnx.ts';
import type { Weights } from '../../../export/weights.ts';

export interface KeptModel {
  readonly variant: string;
  readonly model: Model;
  readonly weights: Weights;
}

/**
 * Those of `models/VARIANT.onnx` in a folder of results, of the variants asked for and in their order; a variant whose
 * model was not kept is left out.
 *
 * @throws AreographError 'model' if a file is no model of ours
 */
export function readKeptModels(results: string, variants: readonly string[]): KeptModel[] {
  return variants
    .map((variant) => join(results, 'models', `${variant}.onnx`))
    .filter((file) => existsSync(file))
    .map(readKeptModel);
}

/** One of them. @throws AreographError 'model' if the file is no model of ours */
export function readKeptModel(file: string): KeptModel {
  const bytes = readFileSync(file);
  const { architecture } = readModelMetadata(bytes, file);
  return {
    variant: basename(file, '.onnx'),
    model: fromArchitecture(architecture),
    weights: dataOf(decodeInitializers(bytes, file)),
  };
}
