/** Convolutions in groups that are right on every execution provider. */
import type { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';

/**
 * Whether onnxruntime 1.30's WebGPU kernel mixes up the groups of such a convolution: it takes four outputs at a time
 * where all filters together are a multiple of 4, across the border of two groups too.
 */
export function mixesGroups(filters: number, group: number): boolean {
  const inGroup = filters / group;
  return group > 1 && inGroup > 4 && inGroup % 4 !== 0 && filters % 4 === 0;
}

/**
 * ONNX ConvTranspose. To one channel from several filters in a group, the filters are taken one by one: the WebGPU
 * kernel is wrong where they are an even number.
 */
export function convolveTransposed(
  x: Value,
  w: Value,
  window: ConvAttributes & { readonly output_padding: readonly number[] },
): Value {
  const [filters = 0, channelsInGroup] = w.sizes;
  const multiplier = filters / window.group;
  if (channelsInGroup !== 1 || multiplier === 1) return x.apply('ConvTranspose', window, w);
  const parts = Array.from({ length: multiplier }, (_, i) =>
    x.slice(1, i, filters, multiplier).apply('ConvTranspose', window, w.slice(0, i, filters, multiplier)),
  );
  return parts.reduce((sum, part) => sum.add(part));
}
