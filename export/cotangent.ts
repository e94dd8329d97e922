/**
 * The gradient of the loss with respect to one forward value.
 *
 * Below a max-pool all but one element of each window is zero. {@link PooledCotangent} keeps only the others,
 * at pooled size, so that what lies between a convolution and its pooling (ReLU, the sums of batch norm)
 * costs a quarter; it is spread out again where a rule needs it whole.
 */
import type { Value } from './graph.ts';
import { elementCount } from './tensorType.ts';

export interface Cotangent {
  /** The gradient at the positions that are kept. */
  readonly values: Value;
  /** Elements of a forward value (of the shape that this is the gradient of) at the kept positions. */
  at(primal: Value): Value;
  /** Other values at the same positions. */
  with(values: Value): Cotangent;
  /** The gradient at every position. */
  dense(): Value;
}

export class DenseCotangent implements Cotangent {
  readonly values: Value;

  constructor(values: Value) {
    this.values = values;
  }

  at(primal: Value): Value {
    return primal;
  }

  with(values: Value): Cotangent {
    return new DenseCotangent(values);
  }

  dense(): Value {
    return this.values;
  }
}

/** What a max-pool remembers of its forward pass. */
export interface Pooling {
  readonly input: Value;
  readonly output: Value;
  /** For each output, the position of its maximum in the flattened input: ONNX MaxPool's second output. */
  readonly indices: Value;
  readonly kernel: number;
  readonly stride: number;
  readonly padded: boolean;
}

export class PooledCotangent implements Cotangent {
  readonly values: Value;
  readonly #pooling: Pooling;

  constructor(values: Value, pooling: Pooling) {
    this.values = values;
    this.#pooling = pooling;
  }

  at(primal: Value): Value {
    const { input, output, indices } = this.#pooling;
    if (primal === input) return output;
    return primal
      .reshape(-1)
      .apply('GatherElements', { axis: 0 }, indices.reshape(-1))
      .reshape(...output.sizes);
  }

  with(values: Value): Cotangent {
    return new PooledCotangent(values, this.#pooling);
  }

  dense(): Value {
    const { input, indices, kernel, stride, padded } = this.#pooling;
    const { graph } = input;
    if (stride >= kernel && !padded) {
      // No position is in two windows, so each is written once.
      const window = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [0, 0, 0, 0] };
      // The shape is said only where windows do not tile it: onnx's shape inference gives up where it is said.
      const tiled = this.values.sizes.slice(2).map((size) => (size - 1) * stride + kernel);
      const shape = tiled.join() === input.sizes.slice(2).join() ? [] : [graph.ints(input.sizes)];
      return this.values.apply('MaxUnpool', window, indices, ...shape);
    }
    const size = elementCount(input.sizes);
    const zeros = graph.scalar(0).apply('Expand', {}, graph.ints([size]));
    return zeros
      .apply('ScatterElements', { axis: 0, reduction: 'add' }, indices.reshape(-1), this.values.reshape(-1))
      .reshape(...input.sizes);
  }
}

/** The sum over a value's consumers. */
export function accumulate(cotangents: readonly Cotangent[]): Cotangent | undefined {
  const [first, ...others] = cotangents;
  if (first === undefined || others.length === 0) return first;
  return new DenseCotangent(others.reduce((sum, other) => sum.add(other.dense()), first.dense()));
}
