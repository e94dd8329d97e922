/** Element-wise layers. Their gradients are taken at whatever positions the cotangent keeps. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import type { Value } from '../graph.ts';
import { need, type Rule } from './rule.ts';

/** y = max(x, 0); dx = dy where y > 0, else 0 (at 0 too, as in PyTorch). */
export const relu: Rule<LayerAttributes['relu']> = ({ inputs: [x] }) => {
  const output = need(x).apply('Relu', {});
  return {
    output,
    // A product: onnxruntime's Where is slower.
    backward: (dy) => ({ inputs: [dy.with(dy.values.mul(dy.at(output).greater(0).cast('float32')))] }),
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

interface Curve {
  y(x: Value): Value;
  /** dy / dx */
  slope(x: Value): Value;
}

const geluCurves: { readonly [A in LayerAttributes['gelu']['approximate']]: Curve } = {
  /** y = x P(x), dy/dx = P(x) + x p(x); P(x) = (1 + erf(x / sqrt 2)) / 2, p(x) = exp(-x^2 / 2) / sqrt(2 pi). */
  none: {
    // In this order onnxruntime knows it, and fuses it where the steps are not needed for a gradient.
    y: (x) => x.mul(onePlusErf(x)).mul(0.5),
    slope(x) {
      const density = x
        .mul(x)
        .mul(-0.5)
        .exp()
        .mul(1 / Math.sqrt(2 * Math.PI));
      return onePlusErf(x).mul(0.5).add(x.mul(density));
    },
  },
  /** y = x (1 + tanh u) / 2, dy/dx = (1 + tanh u) / 2 + x (1 - tanh^2 u) / 2 du/dx; u = sqrt(2 / pi) (x + 0.044715 x^3). */
  tanh: {
    y: (x) => x.mul(tanhOfCube(x).add(1)).mul(0.5),
    slope(x) {
      const tanh = tanhOfCube(x);
      const inner = x
        .mul(x)
        .mul(3 * cubic)
        .add(1)
        .mul(Math.sqrt(2 / Math.PI));
      return tanh
        .add(1)
        .add(x.mul(inner).mul(tanh.mul(tanh).oneMinus()))
        .mul(0.5);
    },
  },
};

const cubic = 0.044715;

function onePlusErf(x: Value): Value {
  return x.div(Math.SQRT2).apply('Erf', {}).add(1);
}

function tanhOfCube(x: Value): Value {
  return x
    .mul(x)
    .mul(cubic)
    .add(1)
    .mul(x)
    .mul(Math.sqrt(2 / Math.PI))
    .apply('Tanh', {});
}

/** https://arxiv.org/abs/1606.08415; dx = dy dy/dx. */
export const gelu: Rule<LayerAttributes['gelu']> = ({ inputs, attributes: { approximate } }) => {
  const x = need(inputs[0]);
  const curve = geluCurves[approximate];
  return {
    output: curve.y(x),
    backward: (dy) => ({ inputs: [dy.with(dy.values.mul(curve.slope(dy.at(x))))] }),
  };
};

/** y = x s with s = sigmoid(x); dx = dy s (1 + x (1 - s)). */
export const silu: Rule<LayerAttributes['silu']> = ({ inputs }) => {
  const x = need(inputs[0]);
  return {
    output: x.mul(x.apply('Sigmoid', {})),
    backward(dy) {
      const at = dy.at(x);
      const s = at.apply('Sigmoid', {});
      return { inputs: [dy.with(dy.values.mul(s.mul(at.mul(s.oneMinus()).add(1))))] };
    },
  };
};

/** y = 1 / (1 + exp(-x)); dx = dy y (1 - y). */
export const sigmoid: Rule<LayerAttributes['sigmoid']> = ({ inputs: [x] }) => {
  const output = need(x).apply('Sigmoid', {});
  return {
    output,
    backward(dy) {
      const y = dy.at(output);
      return { inputs: [dy.with(dy.values.mul(y.mul(y.oneMinus())))] };
    },
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
