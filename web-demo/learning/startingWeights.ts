/** The weights that fine-tuning starts from: the base's, and fresh ones for a head of other classes. */
import { AreographError } from '../../dsl/errors.ts';
import { parameters } from '../../dsl/model.ts';
import { initialize } from '../../export/initialize.ts';
import { decodeInitializers } from '../../export/onnx.ts';
import type { Base } from './fineTuningParts.ts';
import type { Adapted } from './head.ts';

/**
 * @returns every parameter and running statistic by name
 * @throws AreographError 'model' if the file lacks weights of a layer that is kept
 */
export function startingWeights(
  base: Base,
  { model, heads }: Adapted,
  seed: number,
): Map<string, Float32Array> {
  const weights = initialize(model, seed);
  const trained = decodeInitializers(base.bytes, base.where);
  const fresh = new Set(base.goesOn ? [] : heads.flatMap((head) => [`${head}.weight`, `${head}.bias`]));
  for (const { name, shape } of parameters(model).filter((parameter) => !fresh.has(parameter.name))) {
    const tensor = trained.get(name);
    if (tensor?.dims.join() !== shape.join()) {
      throw new AreographError({
        code: 'model',
        where: base.where,
        expected: `${name} [${shape.join(', ')}] as numbers to go on from`,
        found: tensor === undefined ? 'none' : `[${tensor.dims.join(', ')}]`,
        next: 'Choose another model.',
      });
    }
    weights.set(name, tensor.data);
  }
  return weights;
}
