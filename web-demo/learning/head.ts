/** The head of a network, declared anew for classes of one's own; what is before it stays as it was declared. */
import { type Architecture, fromArchitecture } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';
import type { Model } from '../../dsl/model.ts';

type Layer = Architecture['layers'][number];

export interface Adapted {
  readonly model: Model;
  /** Layers that stay as they are where the head alone is trained: all but the last dense ones and the dropout before them. */
  readonly body: readonly string[];
  /** The layers that give a number to each class: one, or one for each member of an ensemble. */
  readonly heads: readonly string[];
}

/**
 * An architecture with its last dense layer, or those of an ensemble's members, resized to other classes.
 *
 * @param name of the new model
 * @throws AreographError 'model' unless the last layer before the softmax is dense, or an ensemble of dense ones; 'option'
 * for fewer than one class
 */
export function adapt(base: Architecture, name: string, classes: number): Adapted {
  const inputsOf = (layer: Layer | undefined) =>
    base.layers.filter(({ name }) => layer?.inputs.includes(name));
  const softmax = base.layers.at(-1);
  const [last] = inputsOf(softmax);
  const heads = last?.kind === 'ensemble' ? inputsOf(last) : last === undefined ? [] : [last];
  const other = heads.find(({ kind }) => kind !== 'dense');
  if (heads.length === 0 || other !== undefined) {
    throw new AreographError({
      code: 'model',
      where: base.name,
      expected: 'a dense layer before the softmax, which can be made anew for other classes',
      found: other?.kind ?? 'none',
      next: 'Choose another model.',
    });
  }
  const regular = heads.flatMap(inputsOf).filter(({ kind }) => kind === 'dropout');
  const trained = new Set([softmax, last, ...heads, ...regular]);
  return {
    model: fromArchitecture({
      ...base,
      name,
      layers: base.layers.map((layer) =>
        heads.includes(layer) ? { ...layer, attributes: { ...layer.attributes, units: classes } } : layer,
      ),
    }),
    body: base.layers.filter((layer) => !trained.has(layer)).map(({ name }) => name),
    heads: heads.map(({ name }) => name),
  };
}
