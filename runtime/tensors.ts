/** Tensors of onnxruntime as numbers, and several as one. */
import { Tensor } from 'onnxruntime-common';
import { fromFloat16 } from '../export/float16.ts';

/**
 * The numbers of a float32 or float16 tensor; float32 shares its memory.
 *
 * @throws Error for other types
 */
export function toFloat32({ type, data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  // A Uint16Array, or a Float16Array where there are such; either way the bits are wanted.
  if (type === 'float16' && ArrayBuffer.isView(data)) {
    return fromFloat16(new Uint16Array(data.buffer, data.byteOffset, data.length));
  }
  throw new Error(`a tensor of ${type} has no numbers of float32`);
}

/** `[N, length]` as N rows, each a copy. */
export function rows(values: Float32Array, length: number): Float32Array[] {
  return Array.from({ length: values.length / length }, (_, i) => values.slice(i * length, (i + 1) * length));
}

type Joinable = 'float32' | 'float16' | 'uint8';

/** A tensor on bytes that begin a buffer; of float16 the bits, which onnxruntime takes as Uint16Array in every Node. */
const tensorOf: { readonly [T in Joinable]: (bytes: ArrayBuffer, dims: readonly number[]) => Tensor } = {
  float32: (bytes, dims) => new Tensor('float32', new Float32Array(bytes), dims),
  float16: (bytes, dims) => new Tensor('float16', new Uint16Array(bytes), dims),
  uint8: (bytes, dims) => new Tensor('uint8', new Uint8Array(bytes), dims),
};

/** Tensors `[1, ...]` of one type and shape as one, `[N, ...]`. */
export function joined(type: Joinable, tensors: readonly Tensor[]): Tensor {
  const parts = tensors.map(({ data }) => {
    if (!ArrayBuffer.isView(data)) throw new Error(`a tensor of ${type} has no bytes`);
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  });
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return tensorOf[type](bytes.buffer, [tensors.length, ...(tensors[0]?.dims.slice(1) ?? [])]);
}
