/** A model's layers in groups that a diagram shows as one: a layer that makes something new, with what follows it. */
import type { Layer, LayerAttributes, LayerKind } from '../../../dsl/layers.ts';
import { layerParameters, type Model } from '../../../dsl/model.ts';
import { type Shape, sizes, type Window } from '../../../dsl/shape.ts';

export interface Stage {
  /** Kind of the first layer. */
  readonly kind: LayerKind;
  /** What each layer does, in order. */
  readonly layers: readonly string[];
  /** Of the last layer's output. */
  readonly shape: Shape;
  readonly parameters: number;
  /** Positions of the stages whose outputs it takes. */
  readonly inputs: readonly number[];
}

/** Kinds that begin a stage; the others join the one before them. */
const begins: Readonly<Record<LayerKind, boolean>> = {
  input: true,
  conv2d: true,
  batchNorm: false,
  layerNorm: false,
  groupNorm: false,
  relu: false,
  leakyRelu: false,
  gelu: false,
  silu: false,
  sigmoid: false,
  maxPool: false,
  averagePool: false,
  globalAveragePool: true,
  flatten: true,
  dense: true,
  dropout: false,
  add: true,
  concat: true,
  scale: true,
  ensemble: true,
  softmax: false,
};

/** What each kind does, in the reader's words; attributes that are as usual are left out. */
const texts: { readonly [K in LayerKind]: (attributes: LayerAttributes[K]) => string } = {
  input: () => 'input',
  conv2d: ({ filters, dilation, groups, ...window }) =>
    [
      `conv ${windowText(window, 1)}`,
      `${filters} filters`,
      ...(dilation === 1 ? [] : [`dilation ${dilation}`]),
      ...(groups === 1 ? [] : [`${groups} groups`]),
    ].join(', '),
  batchNorm: () => 'batch norm',
  layerNorm: () => 'layer norm',
  groupNorm: ({ groups }) => `group norm of ${groups}`,
  relu: () => 'ReLU',
  leakyRelu: ({ slope }) => `leaky ReLU ${slope}`,
  gelu: () => 'GELU',
  silu: () => 'SiLU',
  sigmoid: () => 'sigmoid',
  maxPool: (window) => `max-pool ${windowText(window, window.kernel)}`,
  averagePool: (window) => `average-pool ${windowText(window, window.kernel)}`,
  globalAveragePool: () => 'global average-pool',
  flatten: () => 'flatten',
  dense: ({ units }) => `dense, ${units} units`,
  dropout: ({ rate }) => `dropout ${rate}`,
  add: () => 'add',
  concat: () => 'concatenate',
  scale: () => 'scale channels',
  ensemble: () => 'mean of the members',
  softmax: () => 'softmax',
};

function windowText({ kernel, stride, padding }: Window, usualStride: number): string {
  return [
    `${kernel}×${kernel}`,
    ...(stride === usualStride ? [] : [`stride ${stride}`]),
    ...(padding === 'same' || (padding === 0 && usualStride !== 1)
      ? []
      : [padding === 0 ? 'valid' : `padding ${padding}`]),
  ].join(', ');
}

/**
 * The stages in the order of the layers. A stage is a chain: nothing enters or leaves it but at its ends, so the
 * stages with their inputs are the model's graph, drawn coarser.
 */
export function stagesOf({ layers }: Pick<Model, 'layers'>): Stage[] {
  const consumers = new Map<Layer, number>();
  for (const input of layers.flatMap((layer) => layer.inputs))
    consumers.set(input, (consumers.get(input) ?? 0) + 1);
  const groups: Layer[][] = [];
  for (const layer of layers) {
    const last = groups.at(-1);
    const end = last?.at(-1);
    const [input, ...others] = layer.inputs;
    const follows = input !== undefined && input === end && others.length === 0 && consumers.get(input) === 1;
    if (last !== undefined && follows && !begins[layer.kind]) last.push(layer);
    else groups.push([layer]);
  }
  const stageOf = new Map(groups.flatMap((group, stage) => group.map((layer) => [layer, stage] as const)));
  return groups.flatMap((group) => {
    const [first] = group;
    const last = group.at(-1);
    if (first === undefined || last === undefined) return [];
    return {
      kind: first.kind,
      layers: group.map(textOf),
      shape: last.shape,
      parameters: group.reduce((sum, layer) => sum + parametersOf(layer), 0),
      inputs: first.inputs.flatMap((input) => stageOf.get(input) ?? []),
    };
  });
}

function textOf<K extends LayerKind>({ kind, attributes }: Layer<K>): string {
  return texts[kind](attributes);
}

function parametersOf(layer: Layer): number {
  const elements = layerParameters(layer).map(({ shape }) =>
    shape.reduce((product, size) => product * size, 1),
  );
  return elements.reduce((sum, count) => sum + count, 0);
}

/** `64×32×32`, channels first as the DSL writes them, or the number of features: `12,288`. */
export function shapeText(shape: Shape): string {
  return sizes(shape)
    .map((size) => size.toLocaleString('en'))
    .join('×');
}
