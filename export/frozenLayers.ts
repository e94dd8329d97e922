/** Layers that training leaves as they are, to fine-tune the rest: they compute as at inference. */
import { closest } from 'fastest-levenshtein';
import { AreographError } from '../dsl/errors.ts';
import { layerParameters, type Model } from '../dsl/model.ts';

/** Names of layers. */
export type FrozenLayers = ReadonlySet<string>;

/**
 * The layers of these names; those without parameters may be among them.
 *
 * @throws AreographError 'option' for a name that no layer has, with the nearest, and if nothing is left to train
 */
export function frozenLayers(model: Model, names: readonly string[]): FrozenLayers {
  const known = model.layers.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new AreographError({
      code: 'option',
      where: 'frozen',
      expected: `layers of ${model.name}: ${known.join(', ')}`,
      found: unknown,
      next: `Did you mean ${closest(unknown, known)}?`,
    });
  }
  const frozen = new Set(names);
  const trainable = model.layers.filter((layer) => layerParameters(layer).length > 0).map(({ name }) => name);
  if (trainable.length > 0 && trainable.every((name) => frozen.has(name))) {
    throw new AreographError({
      code: 'option',
      where: 'frozen',
      expected: `a layer of ${model.name} left to train`,
      found: `all that have parameters: ${trainable.join(', ')}`,
      next: `Leave out at least one, such as ${trainable.at(-1)}.`,
    });
  }
  return frozen;
}
