/** First weights of a model, from a seed. */
import type { Initializer } from '../dsl/layers.ts';
import { type Model, parameters } from '../dsl/model.ts';
import { fillUniform, stream } from './random.ts';
import { elementCount } from './tensorType.ts';

type Fill = (data: Float32Array, shape: readonly number[], name: string, seed: number) => void;

const initializers: { readonly [K in Initializer]: Fill } = {
  zeros: () => undefined,
  ones: (data) => void data.fill(1),
  fanInUniform(data, [, ...inputs], name, seed) {
    const bound = 1 / Math.sqrt(elementCount(inputs));
    fillUniform(stream(seed, 'initialize', name), data);
    for (let i = 0; i < data.length; i += 1) data[i] = ((data[i] ?? 0) * 2 - 1) * bound;
  },
};

/** Every parameter and running statistic, by full name. Each has a stream of its own, so layers do not shift each other's. */
export function initialize(model: Model, seed: number): Map<string, Float32Array> {
  return new Map(
    parameters(model).map(({ name, shape, initializer }) => {
      const data = new Float32Array(elementCount(shape));
      initializers[initializer](data, shape, name, seed);
      return [name, data];
    }),
  );
}
