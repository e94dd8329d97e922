/** Counts that people compare across frameworks: parameters, FLOPs, receptive field. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layer } from './layers.ts';
import { flops, layerParameters, type Model, model, parameters, windowOf } from './model.ts';
import { axisPads, type Images, type Padding } from './shape.ts';
import { type LayerSummary, summarize, summary } from './summary.ts';
import { add, concat, input, scale, type Tensor } from './tensor.ts';
import { arbitraryModel } from './testing/arbitraryModel.ts';
import { baseline, cnn3to5, cnn3x3, cnn5x5, cnn7x7, zoo } from './zoo.ts';

describe('parameters', () => {
  it.each([
    ['cnn3x3', cnn3x3(), 4_590_584],
    ['cnn5x5', cnn5x5(), 5_280_248],
    ['cnn7x7', cnn7x7(), 6_314_744],
    ['cnn3to5', cnn3to5(), 5_245_944],
    ['baseline', baseline(), 25_303_832],
    ['baseline at 64x64', baseline({ size: 64 }), 6_429_464],
  ])('of %s, running statistics included', (_, declared, expected) => {
    expect(summarize(declared).parameters).toBe(expected);
  });

  it('that no gradient changes are the running statistics', () => {
    const { parameters, trainable } = summarize(cnn3x3());
    expect(parameters - trainable).toBe(2 * (32 + 64 + 128 + 256));
  });

  it('of a convolution in groups are those of PyTorch', () => {
    const x = input(8, 8).conv2d(12, { kernel: 3, groups: 3, dilation: 2 });
    expect(layerParameters(x.layer).map(({ shape }) => shape)).toEqual([[12, 1, 3, 3], [12]]);
    const next = x.conv2d(8, { kernel: 5, groups: 4, bias: false });
    expect(layerParameters(next.layer).map(({ shape }) => shape)).toEqual([[8, 3, 5, 5]]);
  });

  it('of layer and group norm are those of PyTorch', () => {
    const x = input(5, 4).conv2d(6, { kernel: 3 });
    const shapes = ({ layer }: Tensor) => layerParameters(layer).map(({ name, shape }) => [name, shape]);
    expect(shapes(x.layerNorm())).toEqual([
      ['ln1.weight', [6, 5, 4]],
      ['ln1.bias', [6, 5, 4]],
    ]);
    expect(shapes(x.globalAveragePool().layerNorm())).toEqual([
      ['ln2.weight', [6]],
      ['ln2.bias', [6]],
    ]);
    expect(shapes(x.groupNorm(2))).toEqual([
      ['gn1.weight', [6]],
      ['gn1.bias', [6]],
    ]);
  });

  it('of one layer have the shapes and names of PyTorch', () => {
    const head = input(8, 8).conv2d(4, { kernel: 5 }).batchNorm().flatten().dense(10).softmax();
    const listed = parameters(model('small', head)).map(({ name, shape }) => [name, shape]);
    expect(listed).toEqual([
      ['conv1.weight', [4, 3, 5, 5]],
      ['conv1.bias', [4]],
      ['bn1.weight', [4]],
      ['bn1.bias', [4]],
      ['bn1.running_mean', [4]],
      ['bn1.running_var', [4]],
      ['dense1.weight', [10, 256]],
      ['dense1.bias', [10]],
    ]);
    const counts = summarize(model('small', head)).layers.map((layer) => layer.parameters);
    expect(counts).toEqual([0, 304, 16, 0, 2570, 0]);
  });
});

describe('FLOPs for one image', () => {
  const x = input(8, 8);
  it.each<[string, number, Tensor]>([
    // 4 x 8 x 8 outputs of 3 x 3 x 3 multiply-adds, and a bias each
    ['a convolution', 256 * (2 * 27 + 1), x.conv2d(4, { kernel: 3 })],
    ['a convolution without bias', 256 * 2 * 27, x.conv2d(4, { kernel: 3, bias: false })],
    ['a strided convolution', 4 * 4 * 4 * (2 * 75 + 1), x.conv2d(4, { kernel: 5, stride: 2 })],
    ['an unpadded convolution', 4 * 6 * 6 * (2 * 27 + 1), x.conv2d(4, { kernel: 3, padding: 0 })],
    ['a dilated convolution', 4 * 4 * 4 * (2 * 27 + 1), x.conv2d(4, { kernel: 3, dilation: 2, padding: 0 })],
    // Each of 6 filters sees one of 3 channels.
    ['a depthwise convolution', 6 * 64 * (2 * 9 + 1), x.conv2d(6, { kernel: 3, groups: 3 })],
    ['batch norm', 2 * 192, x.batchNorm()],
    ['ReLU', 192, x.relu()],
    ['leaky ReLU', 192, x.leakyRelu()],
    ['layer norm', 7 * 192, x.layerNorm()],
    ['group norm', 6 * 192, x.groupNorm(3)],
    ['GELU', 5 * 192, x.gelu()],
    ['GELU by tanh', 9 * 192, x.gelu({ approximate: 'tanh' })],
    ['SiLU', 4 * 192, x.silu()],
    ['the sigmoid', 3 * 192, x.sigmoid()],
    ['gates', 192, scale(x, x.globalAveragePool())],
    ['max-pool', 48 * 4, x.maxPool({ kernel: 2 })],
    ['average pool', 12 * 9, x.averagePool({ kernel: 3 })],
    ['global average pool', 192, x.globalAveragePool()],
    ['flatten', 0, x.flatten()],
    ['dropout', 0, x.dropout(0.5)],
    ['a sum', 192, add(x, x)],
    ['a concatenation', 0, concat(x, x)],
    ['a dense layer', 10 * (2 * 192 + 1), x.flatten().dense(10)],
    ['a dense layer without bias', 10 * 2 * 192, x.flatten().dense(10, { bias: false })],
  ])('of %s: %i', (_, expected, { layer }) => {
    expect(flops(layer)).toBe(expected);
  });

  it('of the softmax count exponential, sum and division', () => {
    expect(flops(x.globalAveragePool().softmax().layer)).toBe(3 * 3);
  });
});

it('totals are the sums over the layers', () => {
  fc.assert(
    fc.property(arbitraryModel({ ensembles: true }), (declared) => {
      const { layers, ...totals } = summarize(declared);
      const sum = (of: (layer: LayerSummary) => number) => layers.reduce((all, layer) => all + of(layer), 0);
      expect(totals).toEqual({
        parameters: sum((layer) => layer.parameters),
        trainable: sum((layer) => layer.trainable),
        flops: sum((layer) => layer.flops),
      });
      expect(layers.map(({ name }) => name)).toEqual(declared.layers.map(({ name }) => name));
      const counted = parameters(declared).reduce(
        (all, { shape }) => all + shape.reduce((a, b) => a * b, 1),
        0,
      );
      expect(totals.parameters).toBe(counted);
    }),
  );
});

describe('the receptive field', () => {
  const seen = (declared: Model) => summarize(declared).layers.map(({ receptiveField }) => receptiveField);

  it('of cnn3x3 is the published arithmetic', () => {
    const fields = new Map(
      summarize(cnn3x3()).layers.map(({ name, receptiveField }) => [name, receptiveField]),
    );
    expect(
      ['conv1', 'maxPool1', 'conv2', 'maxPool2', 'conv3', 'maxPool3', 'conv4', 'maxPool4'].map((name) =>
        fields.get(name),
      ),
    ).toEqual([3, 4, 8, 10, 18, 22, 38, 46]);
    expect(fields.get('flatten1')).toBeNull();
    expect(fields.get('softmax1')).toBeNull();
  });

  it('of a chain is what following every index back finds', () => {
    const window = fc.record({
      kernel: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 3 }),
      padding: fc.constantFrom<Padding>('same', 0),
      dilation: fc.integer({ min: 1, max: 3 }),
      pool: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(window, { maxLength: 4 }), (windows) => {
        let x: Tensor<Images> = input(Number('300'), Number('300'), 1);
        for (const { pool, dilation, ...options } of windows) {
          x = (pool ? x.maxPool(options) : x.conv2d(1, { ...options, dilation })).relu();
        }
        const declared = model('chain', x.globalAveragePool().dense(2).softmax());
        const images = declared.layers.filter(({ shape }) => shape.length === 4);
        expect(seen(declared)).toEqual([...images.map(followedBack), null, null, null]);
      }),
    );
  });

  it('of joined branches is that of the widest', () => {
    const x = input(32, 32);
    const wide = x.conv2d(4, { kernel: 5 }).conv2d(4, { kernel: 5 });
    const narrow = x.conv2d(4, { kernel: 3 });
    for (const joined of [add(wide, narrow), add(narrow, wide), concat(narrow, wide)]) {
      const after = joined.maxPool({ kernel: 2 }).conv2d(4, { kernel: 3 });
      expect(seen(model('joined', after.flatten().softmax())).slice(-5)).toEqual([9, 10, 14, null, null]);
    }
  });
});

/** Extent of the input indices, on one axis, that an output of a chain's layer depends on; padding counts. */
function followedBack(layer: Layer): number {
  let indices = new Set([0]);
  for (let at: Layer | undefined = layer; at !== undefined; at = at.inputs[0]) {
    const window = windowOf(at);
    const before = at.inputs[0]?.shape[2];
    if (window === undefined || before === undefined) continue;
    const [begin] = axisPads(before, window);
    const dilation = at.kind === 'conv2d' ? at.attributes.dilation : 1;
    const offsets = Array.from(
      { length: Math.ceil(window.kernel / dilation) },
      (_, offset) => offset * dilation - begin,
    );
    indices = new Set(
      [...indices].flatMap((index) => offsets.map((offset) => index * window.stride + offset)),
    );
  }
  return Math.max(...indices) - Math.min(...indices) + 1;
}

describe('the summary as text', () => {
  it('is the table that people know', () => {
    const head = input(8, 8).conv2d(4, { kernel: 3 }).maxPool({ kernel: 2 }).flatten().dense(3).softmax();
    expect(summary(model('small', head, ['one conv: enough', 'no dropout: too small to overfit']))).toBe(
      [
        'small: 8x8x3 to 3 classes',
        '---------------------------------------------------------',
        'layer     kind     output        parameters   FLOPs  sees',
        '---------------------------------------------------------',
        'input     input    [N, 3, 8, 8]           0      0    1x1',
        'conv1     conv2d   [N, 4, 8, 8]         112  14.1 k   3x3',
        'maxPool1  maxPool  [N, 4, 4, 4]           0    256    4x4',
        'flatten1  flatten  [N, 64]                0      0    all',
        'dense1    dense    [N, 3]               195    387    all',
        'softmax1  softmax  [N, 3]                 0      9    all',
        '---------------------------------------------------------',
        '307 parameters (307 trainable), 0.0 MB as float32',
        '14.7 kFLOPs for one image (a multiply-add is two)',
        '- one conv: enough',
        '- no dropout: too small to overfit',
      ].join('\n'),
    );
  });

  it.each(Object.entries(zoo))('of %s holds every reason and the totals', (_, declare) => {
    const declared = declare();
    const text = summary(declared);
    for (const reason of declared.reasons) expect(text).toContain(`- ${reason}`);
    const { parameters, trainable } = summarize(declared);
    expect(text).toContain(
      `${parameters.toLocaleString('en')} parameters (${trainable.toLocaleString('en')} trainable)`,
    );
    for (const layer of declared.layers) expect(text).toContain(`\n${layer.name} `);
  });

  it('shows where branches come from, and nothing of it for a chain', () => {
    const x = input(8, 8).conv2d(4, { kernel: 3 });
    const head = add(x, x.conv2d(4, { kernel: 3 }))
      .flatten()
      .softmax();
    const lines = summary(model('residual', head)).split('\n');
    expect(lines.find((line) => line.startsWith('layer'))).toMatch(/from$/);
    expect(lines.find((line) => line.startsWith('add1'))).toMatch(/ {2}conv1, conv2$/);
    expect(lines.find((line) => line.startsWith('conv2'))).toMatch(/ {2}conv1$/);
    expect(summary(cnn3x3())).not.toContain('from');
  });

  it('rounds numbers to three digits with a unit', () => {
    const rounded = (pixels: number, units: number) => {
      const declared = model('wide', input(1, pixels, 1).flatten().dense(units, { bias: false }).softmax());
      const row = summary(declared)
        .split('\n')
        .find((line) => line.startsWith('dense1'));
      return row?.trim().split(/ {2,}/)[4];
    };
    expect(rounded(10, 2)).toBe('40');
    expect(rounded(333, 2)).toBe('1.33 k');
    expect(rounded(249_900, 2)).toBe('1.00 M'); // 999.6 k, which three digits cannot say
    expect(rounded(249_800, 2)).toBe('999 k');
    expect(rounded(1_000_000, 600)).toBe('1.20 G');
  });
});
