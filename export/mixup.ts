/** Mixup, https://arxiv.org/abs/1710.09412: each image becomes a mixture with another of its batch, and so does its label. */
import type { Value } from './graph.ts';

export interface Mixing {
  /** int32 `[N]`: the other image of each, by its position in the batch. */
  readonly partner: Value;
  /** float32 scalar: how much of the mixture is the image itself. */
  readonly share: Value;
}

/** share x + (1 - share) x[partner], along the first axis. */
export function mix(values: Value, { partner, share }: Mixing): Value {
  return values.mul(share).add(values.gather(partner).mul(share.oneMinus()));
}
