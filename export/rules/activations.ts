/** Element-wise layers. Their gradients are taken at whatever positions the cotangent keeps. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { need, type Rule } from './rule.ts';

/** y = max(x, 0); dx = dy where y > 0, else 0 (at 0 too, as in PyTorch). */
export const relu: Rule<LayerAttributes['relu']> = ({ inputs: [x] }) => {
  const output = need(x).apply('Relu', {});
  return {
    output,
    backward: (dy) => ({ inputs: [dy.with(dy.values.where(dy.at(output).greater(0), 0))] }),
  };
};

/** y = x where x > 0, else slope x; dx = dy where x > 0, else slope dy. */
export const leakyRelu: Rule<LayerAttributes['leakyRelu']> = ({ inputs, attributes: { slope } }) => {
  const x = need(inputs[0]);
  return {
    output: x.apply('LeakyRelu', { alpha: slope }),
    backward: (dy) => ({ inputs: [dy.with(dy.values.where(dy.at(x).greater(0), dy.values.mul(slope)))] }),
  };
};

/** Training: y = x m with m = 1 / (1 - rate) or 0 at random; dx = dy m. Inference: y = x. */
export const dropout: Rule<LayerAttributes['dropout']> = ({ inputs, attributes: { rate }, uniform }) => {
  const x = need(inputs[0]);
  if (uniform === undefined || rate === 0) return { output: x, backward: (dy) => ({ inputs: [dy] }) };
  const kept = uniform(x.sizes).greater(rate);
  const mask = kept.cast('float32').mul(1 / (1 - rate));
  return { output: x.mul(mask), backward: (dy) => ({ inputs: [dy.with(dy.values.mul(dy.at(mask)))] }) };
};
