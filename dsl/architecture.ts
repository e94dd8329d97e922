/**
 * An architecture as plain data: what a model file carries in its metadata, and how models are built from
 * JSON. Reading it applies the same rules as declaring it, so a wrong layer is refused by name.
 */
import { z } from 'zod';
import { AreographError } from './errors.ts';
import type { LayerAttributes, LayerKind } from './layers.ts';
import { type Model, model } from './model.ts';
import { Head, Tensor } from './tensor.ts';

const padding = z.union([z.literal('same'), z.number()]);
const window = { kernel: z.number(), stride: z.number(), padding };
const nothing = z.strictObject({});

const attributeSchemas: { readonly [K in LayerKind]: z.ZodType<LayerAttributes[K]> } = {
  input: z.strictObject({ channels: z.number(), height: z.number(), width: z.number() }),
  conv2d: z.strictObject({
    ...window,
    filters: z.number(),
    bias: z.boolean(),
    dilation: z.number(),
    groups: z.number(),
  }),
  batchNorm: z.strictObject({ epsilon: z.number(), momentum: z.number() }),
  layerNorm: z.strictObject({ epsilon: z.number() }),
  groupNorm: z.strictObject({ groups: z.number(), epsilon: z.number() }),
  relu: nothing,
  leakyRelu: z.strictObject({ slope: z.number() }),
  gelu: z.strictObject({ approximate: z.enum(['none', 'tanh']) }),
  silu: nothing,
  sigmoid: nothing,
  maxPool: z.strictObject(window),
  averagePool: z.strictObject(window),
  globalAveragePool: nothing,
  flatten: nothing,
  dense: z.strictObject({ units: z.number(), bias: z.boolean() }),
  dropout: z.strictObject({ rate: z.number() }),
  add: nothing,
  concat: nothing,
  scale: nothing,
  ensemble: nothing,
  softmax: nothing,
};

function isLayerKind(kind: string): kind is LayerKind {
  return Object.hasOwn(attributeSchemas, kind);
}

const layerSchema = z.strictObject({
  name: z.string(),
  kind: z.string(),
  attributes: z.record(z.string(), z.unknown()),
  inputs: z.array(z.string()),
});

export const architectureSchema = z.strictObject({
  name: z.string(),
  reasons: z.array(z.string()).default([]),
  /** In topological order; the last one is the softmax. */
  layers: z.array(layerSchema).min(2),
});
export type Architecture = z.infer<typeof architectureSchema>;

export function toArchitecture({ name, reasons, layers }: Model): Architecture {
  return {
    name,
    reasons: [...reasons],
    layers: layers.map((layer) => ({
      name: layer.name,
      kind: layer.kind,
      // In one order, however the layer was declared: equal models give equal files.
      attributes: Object.fromEntries(Object.entries(layer.attributes).sort(([a], [b]) => (a < b ? -1 : 1))),
      inputs: layer.inputs.map((input) => input.name),
    })),
  };
}

/**
 * Builds a model from data.
 *
 * @throws AreographError 'model' for data that is no architecture; 'shape', 'option' or 'name' for a layer
 * that breaks a rule, naming it.
 */
export function fromArchitecture(data: unknown): Model {
  const parsed = architectureSchema.safeParse(data);
  if (!parsed.success) throw notAnArchitecture('the architecture', z.prettifyError(parsed.error));
  const { name, reasons, layers } = parsed.data;
  const tensors = new Map<string, Tensor>();
  for (const [position, layer] of layers.entries()) {
    const { kind } = layer;
    if (!isLayerKind(kind)) throw notAnArchitecture(layer.name, `${JSON.stringify(kind)} as its kind`);
    // The builder keeps names unique below one input; this holds for a second input too.
    if (tensors.has(layer.name)) {
      throw new AreographError({
        code: 'name',
        where: layer.name,
        expected: 'a name that no other layer has',
        found: 'a second layer of that name',
        next: 'Rename one of the two.',
      });
    }
    const inputs = layer.inputs.map((inputName) => {
      const tensor = tensors.get(inputName);
      if (tensor === undefined) {
        throw new AreographError({
          code: 'name',
          where: layer.name,
          expected: `inputs among the layers before it (${[...tensors.keys()].join(', ')})`,
          found: JSON.stringify(inputName),
          next: 'Layers are listed after those that they take.',
        });
      }
      return tensor;
    });
    if (kind === 'softmax' && position !== layers.length - 1) {
      throw notAnArchitecture(layer.name, 'a softmax that is not the last layer');
    }
    tensors.set(layer.name, applyParsed(kind, layer.name, layer.attributes, inputs));
  }
  const last = [...tensors.values()].at(-1);
  if (last?.layer.kind !== 'softmax') {
    throw notAnArchitecture(name, `${last?.layer.kind ?? 'nothing'} as the last layer`);
  }
  return model(name, new Head(last.layer), reasons);
}

function applyParsed<K extends LayerKind>(
  kind: K,
  name: string,
  attributes: unknown,
  inputs: readonly Tensor[],
): Tensor {
  const parsed = attributeSchemas[kind].safeParse(attributes);
  if (!parsed.success) throw notAnArchitecture(`${name} (${kind})`, z.prettifyError(parsed.error));
  return Tensor.apply(kind, parsed.data, inputs, name);
}

function notAnArchitecture(where: string, found: string): AreographError {
  return new AreographError({
    code: 'model',
    where,
    expected: 'layers as toArchitecture writes them, from an input to a softmax',
    found,
    next: 'Write the file again with this version, or mend the named place.',
  });
}
