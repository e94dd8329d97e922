/**
 * Convolution, batch normalisation, activation and max-pooling in one: what their rules give one after the other,
 * in another order.
 *
 * A max-pool commutes with what does not decrease. So the maximum is taken right after the convolution, and
 * normalising and activating cost a quarter. Normalising decreases where gamma is negative: those channels' weights
 * are negated before and their gradient after.
 *
 * The moments are E[c] and E[c^2] - E[c]^2, in one pass each. That cancels digits where the mean is large against
 * the deviation, so c is shifted first (https://doi.org/10.2307/2683386), by what its mean would be without padding:
 * that follows from the means of the input, and costs nothing as the convolution's bias. Normalised, the shift is gone.
 */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { type Cotangent, DenseCotangent } from '../cotangent.ts';
import type { Value } from '../graph.ts';
import { batchNormGradient, channelDots, perChannelCount, runningStatistics } from './batchNorm.ts';
import { conv2d } from './conv2d.ts';
import type { PooledConvolution } from './convolution.ts';
import { pooledByPhases, suitsPhases } from './phases.ts';
import { maxPool } from './pooling.ts';
import { type Lowered, need, type RuleContext } from './rule.ts';

export interface ConvBlock {
  readonly convolution: LayerAttributes['conv2d'];
  readonly norm: LayerAttributes['batchNorm'];
  readonly pool: PooledActivation | undefined;
}

interface PooledActivation {
  readonly window: LayerAttributes['maxPool'];
  /** What stands between normalising and pooling: it must not decrease. */
  readonly activate: (x: Value) => Lowered;
}

/** Parameters, or their gradients, by role. */
type Roles = Readonly<Record<string, Value>>;

export interface ConvBlockContext
  extends Pick<RuleContext<unknown>, 'inputs' | 'target' | 'uniform' | 'algorithm'> {
  readonly parameters: { readonly convolution: Roles; readonly norm: Roles };
}

export interface LoweredBlock {
  readonly output: Value;
  readonly backward: (dy: Cotangent) => {
    readonly inputs: readonly Cotangent[];
    readonly parameters: { readonly convolution: Roles; readonly norm: Roles };
  };
  /** New running statistics. */
  readonly updates: Roles;
}

export function convBlock(block: ConvBlock, context: ConvBlockContext): LoweredBlock {
  const { norm, pool } = block;
  const { epsilon } = norm;
  const { convolution, norm: normParameters } = context.parameters;
  const gamma = need(normParameters['weight']);
  const running = {
    mean: need(normParameters['running_mean']),
    variance: need(normParameters['running_var']),
  };
  const { graph } = gamma;
  // Zero counts as positive: all of such a channel is alike after normalising, and any of it may be the maximum.
  const sign = pool && graph.scalar(-1).where(graph.scalar(0).greater(gamma), 1);
  const signed = (tensor: Value) =>
    sign === undefined
      ? tensor
      : tensor.mul(sign.reshape(...tensor.sizes.map((_, axis) => (axis === 0 ? -1 : 1))));

  const weights = signed(need(convolution['weight']));
  const shift = unpaddedMean(need(context.inputs[0]), weights, block.convolution.groups);
  const { values, maxima, spread, backward } = poolConvolution(block, context, weights, shift.neg());
  const count = perChannelCount(values);
  const mean = values.mean([0, 2, 3]);
  const variance = channelDots(values, values)
    .mul(1 / count)
    .sub(mean.mul(mean))
    .max(0);
  const scale = signed(gamma);
  const normalized = maxima.apply(
    'BatchNormalization',
    { epsilon },
    scale,
    need(normParameters['bias']),
    mean,
    variance,
  );
  const activated = pool?.activate(normalized);
  return {
    output: activated?.output ?? normalized,
    updates: runningStatistics(norm, count, { mean: signed(mean.add(shift)), variance }, running),
    backward(dy) {
      const [dNormalized = dy] = activated?.backward(dy).inputs ?? [];
      const { scaled, throughStatistics, weight, bias } = batchNormGradient(
        values,
        { mean, variance },
        scale,
        epsilon,
        dNormalized.values,
        dNormalized.at(maxima),
        mean,
      );
      const gradients = backward(spread(dNormalized.with(scaled)).add(throughStatistics));
      return {
        inputs: gradients.inputs,
        parameters: {
          convolution: { weight: signed(gradients.weight) },
          norm: { weight: signed(weight), bias },
        },
      };
    },
  };
}

/** Mean of each channel of a convolution's output, `[F]`, where nothing is padded: sum of w E[x] over its weights. */
function unpaddedMean(x: Value, weights: Value, groups: number): Value {
  const [filters = 0, inGroup = 0] = weights.sizes;
  const means = x.mean([0, 2, 3]).reshape(groups, inGroup, 1);
  return weights
    .sum([2, 3])
    .reshape(groups, filters / groups, inGroup)
    .matMul(means)
    .reshape(filters);
}

function poolConvolution(
  { convolution: attributes, pool }: ConvBlock,
  context: ConvBlockContext,
  weight: Value,
  bias: Value,
): PooledConvolution {
  const x = need(context.inputs[0]);
  if (pool !== undefined && suitsPhases(x.sizes, attributes, pool.window)) {
    return pooledByPhases(x, weight, bias, attributes, context.target);
  }
  const { output, backward } = conv2d({ ...context, attributes, parameters: { weight, bias } });
  const pooled = pool && maxPool({ ...context, attributes: pool.window, inputs: [output], parameters: {} });
  return {
    values: output,
    maxima: pooled?.output ?? output,
    spread: (dMaxima) => (pooled?.backward(dMaxima).inputs[0] ?? dMaxima).dense(),
    backward(dValues) {
      const { inputs, parameters } = backward(new DenseCotangent(dValues));
      return { inputs, weight: need(parameters?.['weight']) };
    },
  };
}
