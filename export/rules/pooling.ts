/** Max-pooling, average pooling, global average pooling. */
import type { LayerAttributes } from '../../dsl/layers.ts';
import { type Cotangent, DenseCotangent, PooledCotangent } from '../cotangent.ts';
import type { Graph, Value } from '../graph.ts';
import type { WindowAttributes } from '../shapeRules.ts';
import { need, type Rule } from './rule.ts';
import { unpoolByWindows } from './unpoolByWindows.ts';
import { leftOver, windowAttributes } from './windows.ts';

/** y = the largest of each window; dx = dy at the first position that has it, as in PyTorch. */
export const maxPool: Rule<LayerAttributes['maxPool']> = ({ inputs, attributes, target }) => {
  const x = need(inputs[0]);
  const window = windowAttributes(x, attributes);
  if (target.maxPoolGradient === 'windows') {
    const output = x.apply('MaxPool', window);
    return {
      output,
      backward: (dy) => ({ inputs: [new DenseCotangent(unpoolByWindows(x, output, dy.dense(), window))] }),
    };
  }
  const [output, indices] = x.graph.node('MaxPool', [x], window).map(need);
  const padded = window.pads.some((pad) => pad > 0);
  const pooling = { input: x, output: need(output), indices: need(indices), padded, ...attributes };
  return {
    output: pooling.output,
    backward: (dy) => ({ inputs: [new PooledCotangent(dy.dense(), pooling)] }),
  };
};

/** y = mean of each window, padding not counted; dx = sum of dy / count over the windows that x is in. */
export const averagePool: Rule<LayerAttributes['averagePool']> = ({ inputs, attributes }) => {
  const x = need(inputs[0]);
  const window = windowAttributes(x, attributes);
  const output = x.apply('AveragePool', window);
  return {
    output,
    backward(dy) {
      const [, , height, width] = x.sizes;
      const counts = windowCounts(x.graph, [height ?? 0, width ?? 0], output.sizes.slice(2), window);
      const { kernel } = attributes;
      const ones = x.graph.constant(
        'float32',
        [1, 1, kernel, kernel],
        new Float32Array(kernel * kernel).fill(1),
      );
      return { inputs: [new DenseCotangent(spread(dy.dense().div(counts), ones, x, window))] };
    },
  };
};

/** y = mean over height and width; dx = dy / (H W) everywhere. */
export const globalAveragePool: Rule<LayerAttributes['globalAveragePool']> = ({ inputs }) => {
  const x = need(inputs[0]);
  return {
    output: x.mean([2, 3]),
    backward(dy: Cotangent) {
      const [n = 0, c = 0, height = 0, width = 0] = x.sizes;
      const share = dy.dense().mul(1 / (height * width));
      const spreadOut = share.reshape(n, c, 1, 1).apply('Expand', {}, x.graph.ints([n, c, height, width]));
      return { inputs: [new DenseCotangent(spreadOut)] };
    },
  };
};

/** Adds windows back to where they came from: `[planes, k, Ho, Wo]` with kernels `[k, 1, kH, kW]` to x's shape. */
function spread(windows: Value, kernels: Value, x: Value, window: WindowAttributes): Value {
  const [n = 0, c = 0, height = 0, width = 0] = x.sizes;
  const [, , outHeight = 0, outWidth = 0] = windows.sizes;
  const [positions = 1] = kernels.sizes;
  const planes = windows.reshape(n * c, positions, outHeight, outWidth);
  const attributes = {
    ...window,
    dilations: [1, 1],
    output_padding: leftOver([height, width], [outHeight, outWidth], window),
    group: 1,
  };
  return planes.apply('ConvTranspose', attributes, kernels).reshape(n, c, height, width);
}

/** Number of real (not padded) elements in each window, as `[1, 1, Ho, Wo]`. */
function windowCounts(
  graph: Graph,
  input: readonly number[],
  output: readonly number[],
  window: WindowAttributes,
): Value {
  const [rows = [], columns = []] = output.map((length, axis) =>
    Array.from({ length }, (_, position) => {
      const start = position * (window.strides[axis] ?? 1) - (window.pads[axis] ?? 0);
      const end = start + (window.kernel_shape[axis] ?? 1);
      return Math.min(end, input[axis] ?? 0) - Math.max(start, 0);
    }),
  );
  const counts = Float32Array.from(rows.flatMap((row) => columns.map((column) => row * column)));
  return graph.constant('float32', [1, 1, rows.length, columns.length], counts);
}
