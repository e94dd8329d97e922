import { describe, expect, it } from 'vitest';
import { model } from '../../../dsl/model.ts';
import { input } from '../../../dsl/tensor.ts';
import { zoo } from '../../../dsl/zoo.ts';
import { initialize } from '../../../export/initialize.ts';
import { featureMaps, featureMapsOf } from './featureMaps.ts';

const declared = model(
  'small',
  input(4, 6)
    .conv2d(3, { kernel: 1 })
    .relu()
    .maxPool({ kernel: 2 })
    .conv2d(2, { kernel: 1 })
    .relu()
    .globalAveragePool()
    .dense(2)
    .softmax(),
);

describe('feature maps', () => {
  it('are those after each block, the most active first', async () => {
    const weights = initialize(declared, 1);
    weights.get('conv1.weight')?.fill(0);
    weights.set('conv1.bias', Float32Array.of(1, 3, 2));
    // Red alone: a pixel p gives (p / 255 - 0.5) / 0.25, so 255 gives 2.
    weights.set('conv2.weight', Float32Array.of(0, 0, 0, 1, 0, 0));
    weights.set('conv2.bias', Float32Array.of(0.5, 0));
    const pixels = new Uint8Array(4 * 6 * 3);
    expect(await featureMapsOf({ model: declared, weights }, pixels)).toEqual([
      {
        layer: 'maxPool1',
        channels: 3,
        height: 2,
        width: 3,
        maps: [
          { channel: 1, mean: 3, values: new Float32Array(6).fill(3) },
          { channel: 2, mean: 2, values: new Float32Array(6).fill(2) },
          { channel: 0, mean: 1, values: new Float32Array(6).fill(1) },
        ],
      },
      {
        layer: 'relu2',
        channels: 2,
        height: 2,
        width: 3,
        maps: [
          { channel: 1, mean: 1, values: new Float32Array(6).fill(1) },
          { channel: 0, mean: 0.5, values: new Float32Array(6).fill(0.5) },
        ],
      },
    ]);
  });

  it('show where in the image something is', async () => {
    const weights = initialize(declared, 1);
    weights.set('conv1.weight', Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0));
    weights.set('conv1.bias', new Float32Array(3));
    const pixels = new Uint8Array(4 * 6 * 3);
    // Red in the third row, last column: the second row and third column of the pooled map, (255 / 255 - 0.5) / 0.25.
    pixels[(2 * 6 + 5) * 3] = 255;
    const [block] = await featureMapsOf({ model: declared, weights }, pixels);
    expect(block?.maps[0]).toMatchObject({ channel: 0, values: Float32Array.of(0, 0, 0, 0, 0, 2) });
  });

  it('are none of a network that flattens the image at once, which is drawn all the same', async () => {
    const dense = zoo.baseline({ size: 8 });
    const kept = { variant: 'dense', model: dense, weights: initialize(dense, 1) };
    expect(await featureMapsOf(kept, new Uint8Array(8 * 8 * 3))).toEqual([]);
    const image = { height: 20, width: 30, data: new Uint8Array(20 * 30 * 3) };
    expect(await featureMaps(kept, image)).toContain('What dense is given');
  });
});
