/** Channels times their gates. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import { need, type Rule } from './rule.ts';

/** y = x g with g of `[N, C]` for `[N, C, H, W]`; dx = dy g, dg = sum of dy x over height and width. */
export const scale: Rule<LayerAttributes['scale']> = ({ inputs }) => {
  const x = need(inputs[0]);
  const [, channels] = x.dims;
  const gate = need(inputs[1]).reshape(0, Number(channels), 1, 1);
  return {
    output: x.mul(gate),
    backward: (dy) => ({
      inputs: [dy.with(dy.values.mul(gate)), new DenseCotangent(dy.values.mul(dy.at(x)).sum([2, 3]))],
    }),
  };
};
