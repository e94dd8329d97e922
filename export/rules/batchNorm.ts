/** Batch normalisation, https://arxiv.org/abs/1502.03167. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import type { Value } from '../graph.ts';
import { elementCount } from '../tensorType.ts';
import { need, type Rule } from './rule.ts';

const overChannels = [0, 2, 3];

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
  const { epsilon, momentum } = attributes;

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

  const count = elementCount(x.sizes) / elementCount(gamma.sizes);
  const mean = x.mean(overChannels);
  const centered = x.sub(perChannel(mean));
  const variance = centered.mul(centered).mean(overChannels);
  return {
    output: x.apply('BatchNormalization', { epsilon }, gamma, beta, mean, variance),
    updates: {
      running_mean: runningMean.mul(1 - momentum).add(mean.mul(momentum)),
      // PyTorch keeps the unbiased variance: count / (count - 1).
      running_var: runningVar
        .mul(1 - momentum)
        .add(variance.mul((momentum * count) / Math.max(count - 1, 1))),
    },
    // dbeta = sum dy, dgamma = sum dy xhat,
    // dx = gamma / deviation (dy - dbeta / count - xhat dgamma / count)
    backward(dy) {
      const inverse = inverseDeviation(variance, epsilon);
      const scale = gamma.mul(inverse);
      const dbeta = dy.values.sum(overChannels);
      const dgamma = dy.values
        .mul(dy.at(x).sub(perChannel(mean)))
        .sum(overChannels)
        .mul(inverse);
      const share = scale.mul(-1 / count);
      const throughStatistics = x.apply(
        'BatchNormalization',
        { epsilon },
        share.mul(dgamma),
        share.mul(dbeta),
        mean,
        variance,
      );
      const direct = dy.with(dy.values.mul(perChannel(scale))).dense();
      return {
        inputs: [new DenseCotangent(direct.add(throughStatistics))],
        parameters: { weight: dgamma, bias: dbeta },
      };
    },
  };
};

function inverseDeviation(variance: Value, epsilon: number): Value {
  return variance.graph.scalar(1).div(variance.add(epsilon).sqrt());
}

function perChannel(vector: Value): Value {
  return vector.reshape(1, -1, 1, 1);
}
