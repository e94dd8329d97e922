/** Names of layers: `conv1`, `bn1`, ...; unique under one input. */
import { AreographError } from './errors.ts';
import type { LayerKind } from './layers.ts';

/** A layer, or a block of layers that are named after it. */
export type NamedKind = LayerKind | 'squeezeExcitation';

/** The names given so far under one input; shared by all tensors that come from it. */
export type Names = Map<string, number>;

/** Short names, as people write them in papers and notebooks. */
const namePrefix: { readonly [K in NamedKind]: string } = {
  input: 'input',
  conv2d: 'conv',
  batchNorm: 'bn',
  layerNorm: 'ln',
  groupNorm: 'gn',
  relu: 'relu',
  leakyRelu: 'leakyRelu',
  gelu: 'gelu',
  silu: 'silu',
  sigmoid: 'sigmoid',
  maxPool: 'maxPool',
  averagePool: 'averagePool',
  globalAveragePool: 'globalAveragePool',
  flatten: 'flatten',
  dense: 'dense',
  dropout: 'dropout',
  add: 'add',
  concat: 'concat',
  scale: 'scale',
  squeezeExcitation: 'se',
  ensemble: 'ensemble',
  softmax: 'softmax',
};

/**
 * The name that was wanted, or the next of its kind; it is taken from then on.
 *
 * @throws AreographError 'name' if it is taken already, or cannot name a graph's nodes
 */
export function uniqueName(names: Names, kind: NamedKind, wanted: string | undefined): string {
  if (wanted !== undefined) {
    if (!/^[A-Za-z_][\w-]*$/.test(wanted)) {
      throw new AreographError({
        code: 'name',
        where: `a ${kind} layer`,
        expected: 'a name of letters, digits, _ and -, starting with a letter or _',
        found: JSON.stringify(wanted),
        next: 'Rename the layer: parameters and graph nodes are named after it.',
      });
    }
    if (names.has(wanted)) {
      throw new AreographError({
        code: 'name',
        where: wanted,
        expected: 'a name that no other layer has',
        found: 'a second layer of that name',
        next: 'Rename one of the two, or leave the name out.',
      });
    }
    names.set(wanted, 1);
    return wanted;
  }
  const prefix = namePrefix[kind];
  const counter = `${prefix}#`; // '#' cannot be in a layer's name
  let number = (names.get(counter) ?? 0) + 1;
  while (names.has(`${prefix}${number}`)) number += 1;
  names.set(counter, number);
  names.set(`${prefix}${number}`, 1);
  return `${prefix}${number}`;
}
