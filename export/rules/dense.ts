/** Fully connected layer, and the softmax head. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import { need, type Rule } from './rule.ts';

/** y = x W^T + b; dx = dy W, dW = dy^T x, db = sum dy. */
export const dense: Rule<LayerAttributes['dense']> = ({ inputs, parameters: { weight, bias } }) => {
  const x = need(inputs[0]);
  const w = need(weight);
  return {
    output: x.apply('Gemm', { transA: 0, transB: 1 }, w, ...(bias === undefined ? [] : [bias])),
    backward(cotangent) {
      const dy = cotangent.dense();
      return {
        inputs: [new DenseCotangent(dy.apply('Gemm', { transA: 0, transB: 0 }, w))],
        parameters: {
          weight: dy.apply('Gemm', { transA: 1, transB: 0 }, x),
          ...(bias === undefined ? {} : { bias: dy.sum([0]) }),
        },
      };
    },
  };
};

/** p_i = exp(x_i) / sum exp(x_j); dx = p (dp - sum p dp). Training goes from the logits to the loss instead. */
export const softmax: Rule<LayerAttributes['softmax']> = ({ inputs: [x] }) => {
  const p = need(x).apply('Softmax', { axis: 1 });
  return {
    output: p,
    backward(cotangent) {
      const dp = cotangent.dense();
      return { inputs: [new DenseCotangent(p.mul(dp.sub(p.mul(dp).sum([1], 1))))] };
    },
  };
};
