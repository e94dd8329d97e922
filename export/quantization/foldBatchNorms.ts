/** Batch norms at inference, which are affine, as part of the convolutions that they follow. */
import { fromArchitecture, toArchitecture } from '../../dsl/architecture.ts';
import type { Layer } from '../../dsl/layers.ts';
import type { Model } from '../../dsl/model.ts';
import type { Weights } from '../weights.ts';

export interface WeightedModel {
  readonly model: Model;
  readonly weights: Weights;
}

/**
 * The same function with fewer layers: a convolution whose only reader is a batch norm takes it in, and has a bias.
 *
 *     w' = w s, b' = (b - mean) s + beta, s = gamma / sqrt(variance + epsilon), each for an output channel
 *
 * B. Jacob et al., https://arxiv.org/abs/1712.05877, section 3.2. Other batch norms stay.
 *
 * @throws Error if a parameter has no weights
 */
export function foldBatchNorms({ model, weights }: WeightedModel): WeightedModel {
  const folded = new Map(
    model.layers.flatMap((layer) => {
      const [convolution] = layer.inputs;
      if (layer.kind !== 'batchNorm' || convolution?.kind !== 'conv2d') return [];
      const readers = model.layers.filter(({ inputs }) => inputs.includes(convolution));
      return readers.length === 1 ? [[layer, convolution] as const] : [];
    }),
  );
  const convolutions = new Set([...folded.values()].map(({ name }) => name));
  const replaced = new Map([...folded].map(([norm, convolution]) => [norm.name, convolution.name]));
  const { layers, ...rest } = toArchitecture(model);
  const kept = layers.flatMap((layer) => {
    if (replaced.has(layer.name)) return [];
    const inputs = layer.inputs.map((name) => replaced.get(name) ?? name);
    const bias = convolutions.has(layer.name) ? { bias: true } : {};
    return [{ ...layer, inputs, attributes: { ...layer.attributes, ...bias } }];
  });
  const changed = new Map(weights);
  for (const [norm, convolution] of folded) fold(changed, norm, convolution);
  return { model: fromArchitecture({ ...rest, layers: kept }), weights: changed };
}

function fold(
  weights: Map<string, Float32Array>,
  { name, attributes: { epsilon } }: Layer<'batchNorm'>,
  { name: convolution, attributes: { filters } }: Layer<'conv2d'>,
): void {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((role) => {
    const data = required(weights, `${name}.${role}`);
    weights.delete(`${name}.${role}`);
    return data;
  });
  const kernels = required(weights, `${convolution}.weight`);
  const bias = weights.get(`${convolution}.bias`);
  const size = kernels.length / filters;
  const scale = (channel: number) => at(gamma, channel) / Math.sqrt(at(variance, channel) + epsilon);
  weights.set(
    `${convolution}.weight`,
    kernels.map((weight, i) => weight * scale(Math.floor(i / size))),
  );
  weights.set(
    `${convolution}.bias`,
    Float32Array.from(
      { length: filters },
      (_, channel) => ((bias?.[channel] ?? 0) - at(mean, channel)) * scale(channel) + at(beta, channel),
    ),
  );
}

function required(weights: Weights, name: string): Float32Array {
  const data = weights.get(name);
  if (data === undefined) throw new Error(`no weights are named ${name}`);
  return data;
}

function at(data: Float32Array | undefined, index: number): number {
  return data?.[index] ?? Number.NaN;
}
