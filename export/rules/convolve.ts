/** Conv, as the target's kernel computes it right. */
import type { Value } from '../graph.ts';
import type { Attributes } from '../operators.ts';
import type { Target } from '../targets.ts';

/**
 * y = x * w + b (cross-correlation).
 *
 * @param x float32 `[N, C, H, W]`
 * @param w float32 `[F, C / group, kH, kW]`
 * @param bias float32 `[F]`
 */
export function convolve(
  x: Value,
  w: Value,
  bias: Value | undefined,
  attributes: Attributes['Conv'],
  target: Target,
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
  if (count === 0) return x;
  return x.apply('Pad', { mode: 'constant' }, x.graph.ints([0, 0, 0, 0, 0, count, 0, 0]));
}
