/** What the shape rules of operators share. Each throws an Error that says what is wrong with the inputs. */
import {
  broadcast,
  compatible,
  type DataType,
  type Dimension,
  describe,
  type Operand,
  type TensorType,
  unknown,
} from './tensorType.ts';

type Ints = readonly number[];

export interface Operator<A> {
  /** Types of the outputs. @throws Error that says what is wrong with the inputs. */
  infer(inputs: readonly Operand[], attributes: A): readonly TensorType[];
}

export interface WindowAttributes {
  readonly kernel_shape: Ints;
  readonly strides: Ints;
  /** [top, left, bottom, right] */
  readonly pads: Ints;
}

export interface ConvAttributes extends WindowAttributes {
  readonly dilations: Ints;
  readonly group: number;
}

export interface ReduceAttributes {
  readonly axes: Ints;
  readonly keepdims: 0 | 1;
}

export function unary(): Operator<unknown> {
  return { infer: ([x]) => [{ dtype: required(x).dtype, dims: required(x).dims }] };
}

export function binary(result?: DataType): Operator<unknown> {
  return {
    infer([a, b]) {
      const dtype = sameType(required(a), required(b));
      return [{ dtype: result ?? dtype, dims: broadcast(required(a).dims, required(b).dims) }];
    },
  };
}

export function reduction(): Operator<ReduceAttributes> {
  return {
    infer: ([x], { axes, keepdims }) => [
      { dtype: required(x).dtype, dims: reduced(required(x).dims, axes, keepdims) },
    ],
  };
}

export function reduced(dims: readonly Dimension[], axes: Ints, keepdims: 0 | 1): Dimension[] {
  if (axes.some((axis) => axis < 0 || axis >= dims.length)) throw new Error(`no axes ${axes} in ${dims}`);
  return keepdims === 1
    ? dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : dims.filter((_, axis) => !axes.includes(axis));
}

export function windowed(
  x: TensorType,
  channels: Dimension | undefined,
  window: WindowAttributes,
): TensorType {
  const spatial = window.kernel_shape.map((size, i) => {
    const padded = known(x.dims[i + 2]) + (window.pads[i] ?? 0) + (window.pads[i + 2] ?? 0);
    if (padded < size) throw new Error(`a window of ${size} over ${padded}`);
    return Math.floor((padded - size) / (window.strides[i] ?? 1)) + 1;
  });
  return { dtype: x.dtype, dims: [x.dims[0] ?? unknown, channels ?? unknown, ...spatial] };
}

/** Elements from the first to the last that a dilated kernel meets along each axis. */
export function reaches(kernel_shape: Ints, dilations: Ints): number[] {
  return kernel_shape.map((size, i) => (size - 1) * (dilations[i] ?? 1) + 1);
}

export function transposed(dims: readonly Dimension[], flag: 0 | 1): readonly Dimension[] {
  if (dims.length !== 2) throw new Error('matrices are needed');
  return flag === 1 ? dims.toReversed() : dims;
}

export function required(value: Operand | undefined): Operand {
  if (value === undefined) throw new Error('an input is missing');
  return value;
}

/** The numbers of an int64 constant. */
export function integers(value: Operand | undefined): number[] {
  const data = required(value).constant?.data;
  if (!(data instanceof BigInt64Array)) throw new Error(`${required(value).name} is no int64 constant`);
  return Array.from(data, Number);
}

export function known(size: Dimension | undefined): number {
  if (typeof size !== 'number') throw new Error(`a size is only known at run time (${size})`);
  return size;
}

export function sameType(a: Operand, b: Operand): DataType {
  if (a.dtype !== b.dtype) throw new Error(`element types differ: ${describe(a)}, ${describe(b)}`);
  return a.dtype;
}

export function expectDims(found: readonly Dimension[], expected: readonly Dimension[]): void {
  const fits =
    found.length === expected.length && found.every((size, i) => compatible(size, expected[i] ?? unknown));
  if (!fits) throw new Error(`[${found}] instead of [${expected}]`);
}
