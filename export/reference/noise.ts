/** Noise from a hash of (name, position): the same bits here and in torch_reference.py, with nothing to store. */
import { type Model, parameters } from '../../dsl/model.ts';
import { sizes } from '../../dsl/shape.ts';
import { elementCount } from '../tensorType.ts';

/** Numbers uniform in [0, 1), multiples of 2^-24. Mixing function: https://github.com/skeeto/hash-prospector (lowbias32). */
export function uniform(name: string, count: number): Float32Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return Float32Array.from({ length: count }, (_, i) => {
    let x = (Math.imul(i, 0x9e3779b1) + seed) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    x ^= x >>> 16;
    return (x >>> 8) / 2 ** 24;
  });
}

/** Weights between the bounds that ReLU layers start from, norms around 1 and some around -1, biases and means around 0. */
export function noiseWeights(model: Model): Map<string, Float32Array> {
  return new Map(
    parameters(model).map(({ name, role, shape }) => {
      const numbers = uniform(name, elementCount(shape));
      const bound = Math.sqrt(6 / elementCount(shape.slice(1)));
      const scaled = numbers.map((u) => {
        if (role === 'running_var') return 1;
        if (shape.length > 1) return (2 * u - 1) * bound;
        return role === 'weight' ? (u < 0.25 ? -1 : 1) * (0.5 + u) : u - 0.5;
      });
      return [name, scaled];
    }),
  );
}

/** uint8 `[batch, H, W, C]` pixels and int32 `[batch]` labels of one step. */
export function noiseBatch({ input, classes }: Model, batch: number, step: number) {
  const pixels = uniform(`images/${step}`, batch * input.height * input.width * input.channels);
  const labels = uniform(`labels/${step}`, batch);
  return {
    images: Uint8Array.from(pixels, (u) => Math.floor(u * 256)),
    labels: Int32Array.from(labels, (u) => Math.floor(u * classes)),
  };
}

/** float32 `LAYER.uniform` of one step for each dropout layer that draws lots. */
export function noiseLots({ layers }: Model, batch: number, step: number): Record<string, Float32Array> {
  const drawing = layers.filter((layer) => layer.kind === 'dropout' && layer.attributes.rate > 0);
  return Object.fromEntries(
    drawing.map(({ name, shape }) => [
      `${name}.uniform`,
      uniform(`${name}.uniform/${step}`, batch * elementCount(sizes(shape))),
    ]),
  );
}
