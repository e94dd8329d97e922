/** What a layer's rule is given and gives: its forward pass, and the gradient of that pass. */
import type { LayerAttributes, LayerKind } from '../../dsl/layers.ts';
import type { Cotangent } from '../cotangent.ts';
import type { Value } from '../graph.ts';
import type { Target } from '../targets.ts';
import type { ConvAlgorithmName } from './convAlgorithms.ts';

export interface Gradients {
  /** One for each input, in their order. */
  readonly inputs: readonly Cotangent[];
  /** By role: `weight`, `bias`. */
  readonly parameters?: Readonly<Record<string, Value>>;
}

export interface Lowered {
  readonly output: Value;
  /** The vector-Jacobian product: from the gradient of the output to those of inputs and parameters. */
  readonly backward: (dy: Cotangent) => Gradients;
  /** New running statistics by role, when training. */
  readonly updates?: Readonly<Record<string, Value>>;
}

export interface RuleContext<A> {
  readonly attributes: A;
  readonly inputs: readonly Value[];
  /** The layer's parameters and running statistics by role. */
  readonly parameters: Readonly<Record<string, Value>>;
  readonly target: Target;
  /**
   * When training: where the layer's random numbers come from, uniform in [0, 1) and of the given sizes.
   * At inference, and in training for a frozen layer: undefined.
   */
  readonly uniform: ((sizes: readonly number[]) => Value) | undefined;
  /** For a convolution in training: the algorithm to use; by default chosen by shape. */
  readonly algorithm?: ConvAlgorithmName | undefined;
}

export type Rule<A> = (context: RuleContext<A>) => Lowered;

/** One rule per kind of layer: what can be declared can be trained, or it does not compile. */
export type Rules = { readonly [K in LayerKind]: Rule<LayerAttributes[K]> };

/** The first input, or a parameter by role. @throws Error where the declaration promised one. */
export function need(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the layer lacks an input or a parameter');
  return value;
}
