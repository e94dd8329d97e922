/** Normalisation of each sample by itself: the same in training and at inference, whatever the batch. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import type { Value } from '../graph.ts';
import { elementCount } from '../tensorType.ts';
import { need, type Rule } from './rule.ts';

/**
 * y = gamma xhat + beta, xhat = (x - mean) / sqrt(variance + epsilon), over all of a sample, gamma and beta of its
 * shape (https://arxiv.org/abs/1607.06450). dbeta = sum dy, dgamma = sum dy xhat over the batch; with
 * g = dy gamma, dx = (g - mean g - xhat mean (g xhat)) / sqrt(variance + epsilon).
 */
export const layerNorm: Rule<LayerAttributes['layerNorm']> = ({ inputs, parameters, attributes }) => {
  const x = need(inputs[0]);
  const weight = need(parameters['weight']);
  const count = elementCount(weight.sizes);
  const gamma = weight.reshape(1, 1, count);
  const beta = need(parameters['bias']).reshape(1, 1, count);
  const { grouped, mean, inverse } = statistics(x, 1, attributes.epsilon);
  const xhat = grouped.sub(mean).mul(inverse);
  return {
    output: xhat
      .mul(gamma)
      .add(beta)
      .reshape(0, ...weight.sizes),
    backward(cotangent) {
      const dy = cotangent.dense().reshape(0, 1, count);
      const g = dy.mul(gamma);
      const throughStatistics = g.mean([2], 1).add(xhat.mul(g.mul(xhat).mean([2], 1)));
      return {
        inputs: [
          new DenseCotangent(
            g
              .sub(throughStatistics)
              .mul(inverse)
              .reshape(...x.sizes),
          ),
        ],
        parameters: {
          weight: dy
            .mul(xhat)
            .sum([0])
            .reshape(...weight.sizes),
          bias: dy.sum([0]).reshape(...weight.sizes),
        },
      };
    },
  };
};

/**
 * The same over groups of channels, gamma and beta for each channel (https://arxiv.org/abs/1803.08494), so that
 * both passes are affine for each image and channel: y = scale x + shift.
 */
export const groupNorm: Rule<LayerAttributes['groupNorm']> = ({ inputs, parameters, attributes }) => {
  const x = need(inputs[0]);
  const { groups, epsilon } = attributes;
  const { grouped, mean, inverse } = statistics(x, groups, epsilon);
  const [channels = 0] = need(parameters['weight']).sizes;
  const byGroup = (channelwise: Value) => channelwise.reshape(-1, groups, channels / groups);
  const overImage = (channelwise: Value) => channelwise.reshape(0, channels, 1, 1);
  const gamma = byGroup(need(parameters['weight']));
  const beta = byGroup(need(parameters['bias']));
  const scale = gamma.mul(inverse);
  return {
    output: x.mul(overImage(scale)).add(overImage(beta.sub(scale.mul(mean)))),
    // Of each image and channel, db = sum dy and dg = sum dy xhat; of each group, B = mean gamma db and
    // G = mean gamma dg over its elements. dx = (gamma dy - B - xhat G) / deviation.
    backward(dy) {
      const kept = dy.at(x);
      const centered = inGroups(kept, groups)
        .sub(mean)
        .reshape(...kept.sizes);
      const db = byGroup(dy.values.sum([2, 3]));
      const dg = byGroup(dy.values.mul(centered).sum([2, 3])).mul(inverse);
      const meanOverGroup = (channelwise: Value) =>
        gamma
          .mul(channelwise)
          .sum([2], 1)
          .mul(groups / elementCount(x.sizes.slice(1)));
      const slope = meanOverGroup(dg).mul(inverse).mul(inverse).neg();
      const shift = slope.mul(mean).add(meanOverGroup(db).mul(inverse)).neg();
      const throughStatistics = grouped
        .mul(slope)
        .add(shift)
        .reshape(...x.sizes);
      const direct = dy.with(dy.values.mul(overImage(scale))).dense();
      return {
        inputs: [new DenseCotangent(direct.add(throughStatistics))],
        parameters: { weight: dg.sum([0]).reshape(channels), bias: db.sum([0]).reshape(channels) },
      };
    },
  };
};

interface Statistics {
  /** x as `[N, groups, elements of a group]`. */
  readonly grouped: Value;
  /** `[N, groups, 1]` */
  readonly mean: Value;
  /** 1 / sqrt(variance + epsilon), `[N, groups, 1]`. */
  readonly inverse: Value;
}

function statistics(x: Value, groups: number, epsilon: number): Statistics {
  const grouped = inGroups(x, groups);
  const mean = grouped.mean([2], 1);
  const centered = grouped.sub(mean);
  const variance = centered.mul(centered).mean([2], 1);
  return { grouped, mean, inverse: x.graph.scalar(1).div(variance.add(epsilon).sqrt()) };
}

/** `[N, groups, elements of a group]` */
function inGroups(x: Value, groups: number): Value {
  return x.reshape(0, groups, elementCount(x.dims.slice(1).map(Number)) / groups);
}
