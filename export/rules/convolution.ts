/** What an algorithm for a convolution is asked for and gives. */
import type { Cotangent } from '../cotangent.ts';
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

/** A convolution's output, and the maxima that follow it. */
export interface PooledConvolution {
  /** The output, `[N', F, H', W']`: a channel's elements may lie in any order. */
  readonly values: Value;
  /** `[N, F, Hp, Wp]` */
  readonly maxima: Value;
  /** From the gradient of the maxima to that of the values. */
  readonly spread: (dMaxima: Cotangent) => Value;
  /** From the gradient of the values to those of input and weights. */
  readonly backward: (dValues: Value) => { readonly inputs: readonly Cotangent[]; readonly weight: Value };
}
