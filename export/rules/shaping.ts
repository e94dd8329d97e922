/** Flatten, sums, concat, input: layers that move elements or add them up. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { DenseCotangent } from '../cotangent.ts';
import { Value } from '../graph.ts';
import { elementCount } from '../tensorType.ts';
import { need, type Rule } from './rule.ts';

export const input: Rule<LayerAttributes['input']> = ({ inputs: [x] }) => ({
  output: need(x),
  backward: () => ({ inputs: [] }),
});

/** dx = dy in x's shape. */
export const flatten: Rule<LayerAttributes['flatten']> = ({ inputs }) => {
  const x = need(inputs[0]);
  const features = elementCount(x.dims.slice(1).map(Number));
  return {
    output: x.reshape(0, features),
    backward: (dy) => ({ inputs: [new DenseCotangent(dy.dense().reshape(...x.sizes))] }),
  };
};

/** Every summand gets dy. */
export const add: Rule<LayerAttributes['add']> = ({ inputs }) => ({
  output: sumOf(inputs),
  backward: (dy) => ({ inputs: inputs.map(() => dy) }),
});

/** The mean: every one of n members gets dy / n. */
export const ensemble: Rule<LayerAttributes['ensemble']> = ({ inputs }) => {
  const share = 1 / inputs.length;
  return {
    output: sumOf(inputs).mul(share),
    backward: (dy) => ({ inputs: inputs.map(() => dy.with(dy.values.mul(share))) }),
  };
};

/** Every input gets its channels of dy. */
export const concat: Rule<LayerAttributes['concat']> = ({ inputs }) => {
  return {
    output: Value.concat(inputs, 1),
    backward(dy) {
      let start = 0;
      const whole = dy.dense();
      return {
        inputs: inputs.map(({ sizes: [, channels = 0] }) => {
          const end = start + channels;
          const part = whole.slice(1, start, end);
          start = end;
          return new DenseCotangent(part);
        }),
      };
    },
  };
};

function sumOf([first, ...others]: readonly Value[]): Value {
  return others.reduce((sum, other) => sum.add(other), need(first));
}
