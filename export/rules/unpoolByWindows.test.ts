/** Ties, padding and windows that overlap or leave gaps: where dy goes, against a plain loop over the windows. */
import { describe, expect, it } from 'vitest';
import type { Window } from '../../dsl/shape.ts';
import { Graph } from '../graph.ts';
import { uniform } from '../reference/noise.ts';
import { elementCount } from '../tensorType.ts';
import { compile } from '../testing/run.ts';
import { unpoolByWindows } from './unpoolByWindows.ts';
import { windowAttributes } from './windows.ts';

const shape = [2, 3, 7, 8] as const;
const windows: readonly Window[] = [
  { kernel: 2, stride: 2, padding: 0 },
  { kernel: 2, stride: 2, padding: 'same' },
  { kernel: 3, stride: 2, padding: 1 },
  { kernel: 3, stride: 1, padding: 'same' },
  { kernel: 4, stride: 3, padding: 2 },
  { kernel: 2, stride: 3, padding: 0 },
  { kernel: 1, stride: 2, padding: 0 },
];

/** dx by its definition: each dy is added to the first largest element of its window, row by row. */
function unpooled(x: Float32Array, dy: Float32Array, outSizes: readonly number[], window: Window) {
  const graph = new Graph('');
  const { kernel_shape, strides, pads } = windowAttributes(graph.input('x', 'float32', shape), window);
  const [n, c, height, width] = shape;
  const [, , outHeight = 0, outWidth = 0] = outSizes;
  const dx = new Float32Array(x.length);
  for (let plane = 0; plane < n * c; plane += 1) {
    for (let at = 0; at < outHeight * outWidth; at += 1) {
      const top = Math.floor(at / outWidth) * (strides[0] ?? 1) - (pads[0] ?? 0);
      const left = (at % outWidth) * (strides[1] ?? 1) - (pads[1] ?? 0);
      let largest = -1;
      for (let i = Math.max(top, 0); i < Math.min(top + (kernel_shape[0] ?? 1), height); i += 1) {
        for (let j = Math.max(left, 0); j < Math.min(left + (kernel_shape[1] ?? 1), width); j += 1) {
          const position = (plane * height + i) * width + j;
          if (largest < 0 || (x[position] ?? 0) > (x[largest] ?? 0)) largest = position;
        }
      }
      dx[largest] = (dx[largest] ?? 0) + (dy[plane * outHeight * outWidth + at] ?? 0);
    }
  }
  return dx;
}

describe('the gradient of a max-pool by comparing windows', () => {
  it.each(windows)('goes to the first largest element: %o', async (window) => {
    const graph = new Graph('unpool');
    const x = graph.input('x', 'float32', shape);
    const attributes = windowAttributes(x, window);
    const y = x.apply('MaxPool', attributes);
    const dy = graph.input('dy', 'float32', y.dims);
    graph.output('dx', unpoolByWindows(x, y, dy, attributes));
    // Few values, negative ones too: most windows hold their largest element more than once.
    const elements = uniform('x', elementCount(shape)).map((u) => Math.floor(u * 3) - 2);
    const arriving = uniform('dy', elementCount(y.sizes)).map((u) => Math.floor(u * 100) + 1);
    const { dx } = await (await compile(graph.prune()))({ x: elements, dy: arriving });
    expect(dx).toEqual(unpooled(elements, arriving, y.sizes, window));
  });
});
