/** Batch normalisation, https://arxiv.org/abs/1502.03167. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import type { Value } from '../graph.ts';
import { elementCount } from '../tensorType.ts';
import { need, type Rule } from './rule.ts';

const overChannels = [0, 2, 3];

/** Of a batch, `[C]` each; the variance is the biased one. */
export interface Moments {
  readonly mean: Value;
  readonly variance: Value;
}

/**
 * y = gamma xhat + beta, xhat = (x - mean) / sqrt(variance + epsilon).
 *
 * Both affine passes use ONNX's inference-mode BatchNormalization fed with the statistics of the batch: one
 * fused pass over the data, on every provider, where its training mode is missing on most.
 */
export const batchNorm: Rule<LayerAttributes['batchNorm']> = (context) => {
  const { attributes, parameters, uniform } = context;
  const x = need(context.inputs[0]);
  const gamma = need(parameters['weight']);
  const beta = need(parameters['bias']);
  const runningMean = need(parameters['running_mean']);
  const runningVar = need(parameters['running_var']);
  const { epsilon } = attributes;

  if (uniform === undefined) {
    return {
      output: x.apply('BatchNormalization', { epsilon }, gamma, beta, runningMean, runningVar),
      // The statistics are constants: dx = dy gamma / sqrt(variance + epsilon).
      backward(dy) {
        const inverse = inverseDeviation(runningVar, epsilon);
        const xhat = dy.at(x).sub(perChannel(runningMean)).mul(perChannel(inverse));
        return {
          inputs: [dy.with(dy.values.mul(perChannel(gamma.mul(inverse))))],
          parameters: { weight: dy.values.mul(xhat).sum(overChannels), bias: dy.values.sum(overChannels) },
        };
      },
    };
  }

  const mean = x.mean(overChannels);
  const centered = x.sub(perChannel(mean));
  const moments = { mean, variance: channelDots(centered, centered).mul(1 / perChannelCount(x)) };
  return {
    output: x.apply('BatchNormalization', { epsilon }, gamma, beta, moments.mean, moments.variance),
    updates: runningStatistics(attributes, perChannelCount(x), moments, {
      mean: runningMean,
      variance: runningVar,
    }),
    backward(dy) {
      const { scaled, throughStatistics, weight, bias } = batchNormGradient(
        x,
        moments,
        gamma,
        epsilon,
        dy.values,
        dy.at(centered),
      );
      return {
        inputs: [new DenseCotangent(dy.with(scaled).dense().add(throughStatistics))],
        parameters: { weight, bias },
      };
    },
  };
};

/**
 * dbeta = sum dy, dgamma = sum dy xhat,
 * dx = gamma / deviation (dy - dbeta / count - xhat dgamma / count).
 *
 * @param x all that the moments were taken of, `[N, C, H, W]`
 * @param dy gradient of the output at some positions, zero at the others
 * @param at x less its mean, at the positions of dy
 * @param rest what is left of the mean in `at`: little, or it cancels digits
 * @returns dx in two parts: the first at the positions of dy, the other everywhere
 */
export function batchNormGradient(
  x: Value,
  { mean, variance }: Moments,
  gamma: Value,
  epsilon: number,
  dy: Value,
  at: Value,
  rest?: Value,
): Readonly<Record<'scaled' | 'throughStatistics' | 'weight' | 'bias', Value>> {
  const inverse = inverseDeviation(variance, epsilon);
  const scale = gamma.mul(inverse);
  const dbeta = dy.sum(overChannels);
  const dots = channelDots(dy, at);
  const dgamma = (rest === undefined ? dots : dots.sub(rest.mul(dbeta))).mul(inverse);
  const share = scale.mul(-1 / perChannelCount(x));
  return {
    scaled: dy.mul(perChannel(scale)),
    throughStatistics: x.apply(
      'BatchNormalization',
      { epsilon },
      share.mul(dgamma),
      share.mul(dbeta),
      mean,
      variance,
    ),
    weight: dgamma,
    bias: dbeta,
  };
}

/** Running statistics after a batch of `count` elements per channel. PyTorch keeps the unbiased variance: count / (count - 1). */
export function runningStatistics(
  { momentum }: LayerAttributes['batchNorm'],
  count: number,
  { mean, variance }: Moments,
  running: Moments,
): Record<string, Value> {
  const unbiased = (momentum * count) / Math.max(count - 1, 1);
  return {
    running_mean: running.mean.mul(1 - momentum).add(mean.mul(momentum)),
    running_var: running.variance.mul(1 - momentum).add(variance.mul(unbiased)),
  };
}

/** Sum over batch, height and width of a b, `[C]`: as products of a row and a column, which read once and write nothing. */
export function channelDots(a: Value, b: Value): Value {
  const [n = 0, channels = 0, ...plane] = a.sizes;
  const row = a.reshape(n * channels, 1, elementCount(plane));
  const column = b.reshape(n * channels, 1, elementCount(plane)).transpose(0, 2, 1);
  return row.matMul(column).reshape(n, channels).sum([0]);
}

/** Elements that a channel's statistics are over. */
export function perChannelCount(x: Value): number {
  const [, channels = 1] = x.sizes;
  return elementCount(x.sizes) / channels;
}

export function perChannel(vector: Value): Value {
  return vector.reshape(1, -1, 1, 1);
}

function inverseDeviation(variance: Value, epsilon: number): Value {
  return variance.graph.scalar(1).div(variance.add(epsilon).sqrt());
}
