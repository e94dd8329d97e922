/** Element types and shapes of ONNX tensors, and the arithmetic on shapes that rules share. */

export const dataTypes = ['float32', 'float16', 'int8', 'uint8', 'int32', 'int64', 'bool'] as const;
export type DataType = (typeof dataTypes)[number];

/** A size, or the name of one that is known at run time only. */
export type Dimension = number | string;

export interface TensorType {
  readonly dtype: DataType;
  readonly dims: readonly Dimension[];
}

/** Numbers of a constant, in the typed array that its data type has; of float16 the bits. */
export type TensorData = Float32Array | Uint16Array | Int8Array | Int32Array | BigInt64Array | Uint8Array;

export interface Constant extends TensorType {
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** What an operator is applied to, as far as its shape rule is concerned. */
export interface Operand extends TensorType {
  readonly name: string;
  /** The numbers, where they are known when the graph is built. */
  readonly constant: Constant | undefined;
}

/** `float32[32, 3, 128, 128]` */
export function describe({ dtype, dims }: TensorType): string {
  return `${dtype}[${dims.join(', ')}]`;
}

/** Number of elements of a static shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** A size that only the running graph knows. */
export const unknown: Dimension = '?';

/** Whether two sizes can be the same at run time. */
export function compatible(a: Dimension, b: Dimension): boolean {
  return a === b || typeof a === 'string' || typeof b === 'string';
}

/** NumPy broadcasting, https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md. @throws Error on sizes that do not fit. */
export function broadcast(...shapes: readonly (readonly Dimension[])[]): Dimension[] {
  const rank = Math.max(...shapes.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) =>
    shapes
      .map((dims) => dims[axis - rank + dims.length] ?? 1)
      .reduce((a, b) => {
        if (a === 1) return b;
        if (b === 1) return a;
        if (!compatible(a, b)) throw new Error(`${a} and ${b} do not broadcast`);
        return typeof a === 'number' ? a : b;
      }),
  );
}
