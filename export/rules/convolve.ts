/** Conv and ConvTranspose, as every target's kernels compute them right. */
import { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import type { Target } from '../targets.ts';

/**
 * y = x * w + b (cross-correlation); group by group, where a kernel would mix them up.
 *
 * @param x float32 `[N, C, H, W]`
 * @param w float32 `[F, C / group, kH, kW]`
 * @param bias float32 `[F]`
 */
export function convolve(
  x: Value,
  w: Value,
  attributes: ConvAttributes,
  target: Target,
  bias?: Value,
): Value {
  const [filters = 0] = w.sizes;
  const { group } = attributes;
  if (!mixesGroups(filters, group, target)) return apply(x, w, attributes, target, bias);
  const [, channels] = x.dims;
  const part = (value: Value, axis: number, size: number, i: number) =>
    value.slice(axis, (i * size) / group, ((i + 1) * size) / group);
  const parts = Array.from({ length: group }, (_, i) =>
    apply(
      part(x, 1, Number(channels), i),
      part(w, 0, filters, i),
      { ...attributes, group: 1 },
      target,
      bias && part(bias, 0, filters, i),
    ),
  );
  return Value.concat(parts, 1);
}

/**
 * ONNX ConvTranspose. To one channel from several filters in a group, the filters are taken one by one on WebGPU: its
 * kernel is wrong where they are an even number.
 */
export function convolveTransposed(
  x: Value,
  w: Value,
  window: ConvAttributes & { readonly output_padding: readonly number[] },
  { convKernels }: Target,
): Value {
  const [filters = 0, channelsInGroup] = w.sizes;
  const multiplier = filters / window.group;
  if (convKernels === 'sound' || channelsInGroup !== 1 || multiplier === 1)
    return x.apply('ConvTranspose', window, w);
  const parts = Array.from({ length: multiplier }, (_, i) =>
    x.slice(1, i, filters, multiplier).apply('ConvTranspose', window, w.slice(0, i, filters, multiplier)),
  );
  return parts.reduce((sum, part) => sum.add(part));
}

/**
 * Whether the kernel mixes up the groups of such a convolution: WebGPU's takes four outputs at a time where all filters
 * together are a multiple of 4, across the border of two groups too.
 */
export function mixesGroups(filters: number, group: number, { convKernels }: Target): boolean {
  const inGroup = filters / group;
  const wrong = group > 1 && inGroup > 4 && inGroup % 4 !== 0 && filters % 4 === 0;
  return convKernels === 'webgpu' && wrong;
}

function apply(
  x: Value,
  w: Value,
  attributes: ConvAttributes,
  target: Target,
  bias: Value | undefined,
): Value {
  const missing = attributes.group === 1 ? missingChannels(w, target) : 0;
  // Channels of zeros change no sum.
  const added = [0, 0, 0, 0, 0, missing, 0, 0];
  return x.pad(added).apply('Conv', attributes, w.pad(added), ...(bias === undefined ? [] : [bias]));
}

/**
 * Channels to add, so that WebGPU does not take its shader that is wrong: that is for 6, 9, 15, 18, ... channels
 * (multiples of 3 but not of 4) to a multiple of 4 filters.
 */
function missingChannels({ sizes: [filters = 0, channels = 0] }: Value, { convKernels }: Target): number {
  const wrong = channels > 3 && channels % 3 === 0 && channels % 4 !== 0 && filters % 4 === 0;
  return convKernels === 'webgpu' && wrong ? 4 - (channels % 4) : 0;
}
