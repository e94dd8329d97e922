/** What an algorithm for a convolution is asked for and gives. */
import type { Value } from '../graph.ts';
import type { ConvAttributes } from '../shapeRules.ts';
import type { Target } from '../targets.ts';

export interface Convolution {
  /** `[N, F, Ho, Wo]` */
  readonly output: Value;
  readonly backward: (dy: Value) => { readonly input: Value; readonly weight: Value };
}

/** @param x `[N, C, H, W]` @param w `[F, C / groups, kH, kW]` @param bias `[F]` */
export type ConvolutionLowering = (
  x: Value,
  w: Value,
  attributes: ConvAttributes,
  target: Target,
  bias?: Value,
) => Convolution;
