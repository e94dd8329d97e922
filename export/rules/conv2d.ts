/** 2-D convolution. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import { chooseAlgorithm, convAlgorithms, convShape } from './convAlgorithms.ts';
import { convAttributes } from './convAttributes.ts';
import { need, type Rule } from './rule.ts';

/** y = x * W + b (cross-correlation); db = sum dy over batch, height and width. */
export const conv2d: Rule<LayerAttributes['conv2d']> = ({
  inputs,
  parameters: { weight, bias },
  attributes,
  target,
  algorithm,
}) => {
  const x = need(inputs[0]);
  const w = need(weight);
  const window = convAttributes(x, attributes);
  // With an open batch there is no shape to choose by. That is at inference, where onnxruntime has fast forms of its
  // own for weights that are constants.
  const chosen =
    algorithm ??
    (typeof x.dims[0] === 'string' ? 'shifts' : chooseAlgorithm(convShape(x.sizes, attributes), target));
  const { output, backward } = convAlgorithms[chosen].lower(x, w, window, target, bias);
  return {
    output,
    backward(cotangent) {
      const dy = cotangent.dense();
      const { input, weight: dw } = backward(dy);
      return {
        inputs: [new DenseCotangent(input)],
        parameters: { weight: dw, ...(bias === undefined ? {} : { bias: dy.sum([0, 2, 3]) }) },
      };
    },
  };
};
