/** The head of a network, declared anew for classes of one's own; what is before it stays as it was declared. */
import { type Architecture, fromArchitecture } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';
import type { Model } from '../../dsl/model.ts';

export interface Adapted {
  readonly model: Model;
  /** Layers that stay as they are where the head alone is trained: all but the last dense one and the dropout before it. */
  readonly body: readonly string[];
  /** The layer that gives a number to each class. */
  readonly head: string;
}

/**
 * An architecture with its last dense layer resized to other classes.
 *
 * @param name of the new model
 * @throws AreographError 'model' unless the last layer before the softmax is dense; 'option' for fewer than one class
 */
export function adapt(base: Architecture, name: string, classes: number): Adapted {
  const softmax = base.layers.at(-1);
  const head = base.layers.find((layer) => layer.name === softmax?.inputs[0]);
  if (softmax === undefined || head?.kind !== 'dense') {
    throw new AreographError({
      code: 'model',
      where: base.name,
      expected: 'a dense layer before the softmax, which can be made anew for other classes',
      found: head?.kind ?? 'none',
      next: 'Choose another model.',
    });
  }
  const regular = base.layers.find((layer) => layer.name === head.inputs[0] && layer.kind === 'dropout');
  const trained = new Set([head.name, softmax.name, regular?.name]);
  return {
    model: fromArchitecture({
      ...base,
      name,
      layers: base.layers.map((layer) =>
        layer === head ? { ...layer, attributes: { ...layer.attributes, units: classes } } : layer,
      ),
    }),
    body: base.layers.map((layer) => layer.name).filter((layer) => !trained.has(layer)),
    head: head.name,
  };
}
