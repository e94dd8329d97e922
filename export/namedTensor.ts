/** Tensors with names, as weights are stored: in safetensors and as a model's initializers. */
export interface NamedTensor {
  readonly dims: readonly number[];
  /** Row-major, little-endian as all machines that onnxruntime supports are. */
  readonly data: Float32Array;
}

/** The numbers alone. */
export function dataOf(tensors: ReadonlyMap<string, NamedTensor>): Map<string, Float32Array> {
  return new Map([...tensors].map(([name, { data }]) => [name, data]));
}
