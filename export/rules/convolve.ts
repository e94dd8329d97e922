/** Conv, as every target's kernel computes it right. */
import { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import type { Target } from '../targets.ts';
import { mixesGroups } from './groupedConvolution.ts';

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
  if (!mixesGroups(filters, group)) return apply(x, w, attributes, target, bias);
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

function apply(
  x: Value,
  w: Value,
  attributes: ConvAttributes,
  target: Target,
  bias: Value | undefined,
): Value {
  const missing = attributes.group === 1 && target.convChannels === 'padded' ? missingChannels(w) : 0;
  return padChannels(x, missing).apply(
    'Conv',
    attributes,
    padChannels(w, missing),
    ...(bias === undefined ? [] : [bias]),
  );
}

/** Channels to add, so that onnxruntime's WebGPU kernel does not take the shader that is wrong. */
function missingChannels({ sizes: [filters = 0, channels = 0] }: Value): number {
  const wrong = channels > 3 && channels % 3 === 0 && channels % 4 !== 0 && filters % 4 === 0;
  return wrong ? 4 - (channels % 4) : 0;
}

/** Adds channels of zeros, which change no sum. */
function padChannels(x: Value, count: number): Value {
  return x.pad([0, 0, 0, 0, 0, count, 0, 0]);
}
