import { describe, expect, it } from 'vitest';
import { model } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { zoo } from '../dsl/zoo.ts';
import { initialize } from '../export/initialize.ts';
import { firstLayer } from './firstLayer.ts';

describe('the first layer', () => {
  it('of a CNN is its filters, in order', () => {
    const declared = zoo.cnn5x5({ size: 16 });
    const weights = initialize(declared, 1);
    const { layer, filters, size } = firstLayer(declared, weights);
    expect({ layer, size }).toEqual({ layer: 'conv1', size: { height: 5, width: 5 } });
    expect(filters).toHaveLength(32);
    expect(Float32Array.of(...filters.flatMap((filter) => [...filter]))).toEqual(weights.get('conv1.weight'));
  });

  it('of a dense network is the units with the largest weights, over the whole image', () => {
    const declared = zoo.baseline({ size: 8 });
    const each = 3 * 8 * 8;
    const weights = new Map(initialize(declared, 1)).set(
      'dense1.weight',
      Float32Array.from({ length: 512 * each }, (_, i) => (Math.floor(i / each) * 7) % 512),
    );
    const { filters, size } = firstLayer(declared, weights);
    expect(size).toEqual({ height: 8, width: 8 });
    expect(filters.map((filter) => filter[0])).toEqual(Array.from({ length: 16 }, (_, i) => 511 - i));
    expect(filters.every((filter) => filter.length === each)).toBe(true);
  });

  it('is refused where its weights are not over colours', () => {
    const depthwise = model(
      'depthwise',
      input(8, 8).conv2d(6, { kernel: 3, groups: 3 }).flatten().dense(2).softmax(),
    );
    expect(() => firstLayer(depthwise, initialize(depthwise, 1))).toThrow(
      'conv1.weight [6, 1, 3, 3] is not over the three channels',
    );
  });
});
