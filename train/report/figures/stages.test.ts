import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, input, model } from '../../../dsl/index.ts';
import { summarize } from '../../../dsl/summary.ts';
import { arbitraryModel } from '../../../dsl/testing/arbitraryModel.ts';
import { cnn3x3 } from '../../../dsl/zoo.ts';
import { shapeText, stagesOf } from './stages.ts';

describe('stagesOf', () => {
  it('groups the layers of a CNN by its convolutions and dense layers', () => {
    const stages = stagesOf(cnn3x3({ size: 64 }));
    expect(stages.map(({ layers, shape }) => [layers.join(', '), shapeText(shape)])).toEqual([
      ['input', '3×64×64'],
      ['conv 3×3, 32 filters, batch norm, ReLU, max-pool 2×2', '32×32×32'],
      ['conv 3×3, 64 filters, batch norm, ReLU, max-pool 2×2', '64×16×16'],
      ['conv 3×3, 128 filters, batch norm, ReLU, max-pool 2×2', '128×8×8'],
      ['conv 3×3, 256 filters, batch norm, ReLU, max-pool 2×2', '256×4×4'],
      ['flatten', '4,096'],
      ['dense, 256 units, ReLU, dropout 0.5', '256'],
      ['dense, 24 units, softmax', '24'],
    ]);
    // 27 x 32 weights, and scale, shift, mean and variance of 32 channels.
    expect(stages[1]?.parameters).toBe(27 * 32 + 4 * 32);
  });

  it('cuts a chain where another layer takes its output', () => {
    const stem = input(8, 8).conv2d(4, { kernel: 3 });
    const sum = add(stem, stem.relu().conv2d(4, { kernel: 3, stride: 1, padding: 1 }));
    const stages = stagesOf(model('forked', sum.relu().flatten().dense(2).softmax()));
    expect(stages.map(({ layers, inputs }) => ({ does: layers.join(', '), inputs }))).toEqual([
      { does: 'input', inputs: [] },
      { does: 'conv 3×3, 4 filters', inputs: [0] },
      { does: 'ReLU', inputs: [1] },
      { does: 'conv 3×3, padding 1, 4 filters', inputs: [2] },
      { does: 'add, ReLU', inputs: [1, 3] },
      { does: 'flatten', inputs: [4] },
      { does: 'dense, 2 units, softmax', inputs: [5] },
    ]);
  });

  it('says what is not as usual', () => {
    const unusual = input(16, 16)
      .conv2d(6, { kernel: 3, stride: 2, padding: 0, dilation: 2, groups: 3 })
      .maxPool({ kernel: 3, stride: 2 });
    const [, conv] = stagesOf(model('unusual', unusual.globalAveragePool().dense(2).softmax()));
    expect(conv?.layers).toEqual([
      'conv 3×3, stride 2, valid, 6 filters, dilation 2, 3 groups',
      'max-pool 3×3, stride 2',
    ]);
  });

  it('loses no layer, parameter or connection of any model', () => {
    fc.assert(
      fc.property(arbitraryModel({ ensembles: true }), (declared) => {
        const stages = stagesOf(declared);
        expect(stages.flatMap(({ layers }) => layers)).toHaveLength(declared.layers.length);
        expect(stages.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(
          summarize(declared).parameters,
        );
        expect(stages.at(-1)?.shape).toEqual(declared.layers.at(-1)?.shape);
        // Within a stage each layer takes the one before it and nothing else; all other connections are the stages'.
        const connections = declared.layers.reduce((sum, { inputs }) => sum + inputs.length, 0);
        const within = declared.layers.length - stages.length;
        expect(stages.reduce((sum, { inputs }) => sum + inputs.length, 0)).toBe(connections - within);
        for (const [position, { inputs }] of stages.entries()) {
          for (const from of inputs) expect(from).toBeLessThan(position);
        }
      }),
    );
  });
});
