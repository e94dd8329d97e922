/**
 * For tests: models that must not be. The comment above each makes the type checker's refusal part of `tsc`;
 * refused.test.ts runs each for the run-time refusal, and checks what the compiler says without the comment.
 */
import { fromArchitecture, toArchitecture } from '../architecture.ts';
import type { Problem } from '../errors.ts';
import { model } from '../model.ts';
import { add, concat, ensemble, input, scale } from '../tensor.ts';

export interface WrongModel {
  readonly title: string;
  /** Refused by the type checker, and when it is called. */
  readonly declare: () => unknown;
  /** Where the call means nothing at run time: the same model built from data. */
  readonly fromData?: () => unknown;
  /** Parts of the message in the editor. */
  readonly inEditor: readonly string[];
  readonly problem: Pick<Problem, 'code' | 'where' | 'expected' | 'found'>;
}

const images = () => input(8, 8); // [N, 3, 8, 8]
const pooled = () => input(128, 128).conv2d(32, { kernel: 3 }).maxPool({ kernel: 2 });
const features = () => pooled().flatten(); // [N, 131072]

const right = toArchitecture(model('wrong', images().flatten().softmax()));

const needsImages = { code: 'shape', expected: '4 dimensions, [N, channels, height, width]' } as const;
const needsFeatures = { code: 'shape', expected: '2 dimensions, [N, features]' } as const;
const needsInteger = { code: 'option', expected: 'a positive integer' } as const;
const needsPadding = { code: 'option', expected: "'same' or an integer of at least 0" } as const;

export const wrongModels: readonly WrongModel[] = [
  {
    title: 'flatten twice',
    // @ts-expect-error
    declare: () => features().flatten(),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'flatten2', found: '2: [N, 131072]' },
  },
  {
    title: 'a convolution after flatten',
    // @ts-expect-error
    declare: () => features().conv2d(8, { kernel: 3 }),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'conv2', found: '2: [N, 131072]' },
  },
  {
    title: 'batch norm on features',
    // @ts-expect-error
    declare: () => features().batchNorm(),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'bn1', found: '2: [N, 131072]' },
  },
  {
    title: 'max-pool on features',
    // @ts-expect-error
    declare: () => features().maxPool({ kernel: 2 }),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'maxPool2', found: '2: [N, 131072]' },
  },
  {
    title: 'average pool on features',
    // @ts-expect-error
    declare: () => features().averagePool({ kernel: 2 }),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'averagePool1', found: '2: [N, 131072]' },
  },
  {
    title: 'global average pool on features',
    // @ts-expect-error
    declare: () => features().globalAveragePool(),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'globalAveragePool1', found: '2: [N, 131072]' },
  },
  {
    title: 'a dense layer on images',
    // @ts-expect-error
    declare: () => pooled().dense(10),
    inEditor: ['[N, 32, 64, 64]', 'allows only 2'],
    problem: { ...needsFeatures, where: 'dense1', found: '4: [N, 32, 64, 64]' },
  },
  {
    title: 'softmax on images',
    // @ts-expect-error
    declare: () => pooled().softmax(),
    inEditor: ['[N, 32, 64, 64]', 'allows only 2'],
    problem: { ...needsFeatures, where: 'softmax1', found: '4: [N, 32, 64, 64]' },
  },
  {
    title: 'a convolution larger than its input',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 9, padding: 0 }),
    inEditor: ['kernel 9 is larger than its padded input 8'],
    problem: {
      code: 'shape',
      where: 'conv1',
      expected: 'a kernel of at most 8, its padded input',
      found: '9',
    },
  },
  {
    title: 'a convolution larger than its padded width',
    // @ts-expect-error
    declare: () => input(20, 8).conv2d(4, { kernel: 11, padding: 1 }),
    inEditor: ['kernel 11 is larger than its padded input 10'],
    problem: {
      code: 'shape',
      where: 'conv1',
      expected: 'a kernel of at most 10, its padded input',
      found: '11',
    },
  },
  {
    title: 'a dilated convolution that reaches beyond its input',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 3, dilation: 5, padding: 1 }),
    inEditor: ['kernel 3 with dilation 5 reaches 11, beyond its padded input 10'],
    problem: {
      code: 'shape',
      where: 'conv1',
      expected: 'a kernel of at most 10, its padded input',
      found: '3 with dilation 5, which reaches 11',
    },
  },
  {
    title: 'a pool larger than its input',
    // @ts-expect-error
    declare: () => images().maxPool({ kernel: 9 }),
    inEditor: ['kernel 9 is larger than its padded input 8'],
    problem: {
      code: 'shape',
      where: 'maxPool1',
      expected: 'a kernel of at most 8, its padded input',
      found: '9',
    },
  },
  {
    title: 'a sum of different shapes',
    // @ts-expect-error
    declare: (x = images()) => add(x, x.conv2d(4, { kernel: 3 })),
    inEditor: ['add needs equal shapes, found [N, 3, 8, 8] and [N, 4, 8, 8]'],
    problem: {
      code: 'shape',
      where: 'add1',
      expected: 'tensors of one shape, [N, 3, 8, 8]',
      found: '[N, 4, 8, 8]',
    },
  },
  {
    title: 'a sum of different widths alone',
    // @ts-expect-error
    declare: (x = input(1, 2)) => add(x, x.conv2d(3, { kernel: 1, stride: 2 })),
    inEditor: ['add needs equal shapes, found [N, 3, 1, 2] and [N, 3, 1, 1]'],
    problem: {
      code: 'shape',
      where: 'add1',
      expected: 'tensors of one shape, [N, 3, 1, 2]',
      found: '[N, 3, 1, 1]',
    },
  },
  {
    title: 'an ensemble of different numbers of classes',
    // @ts-expect-error
    declare: (x = images().flatten()) => ensemble([x.dense(3), x.dense(4)]),
    inEditor: ['ensemble needs members of as many classes'],
    problem: {
      code: 'shape',
      where: 'ensemble1',
      expected: 'tensors of one shape, [N, 3]',
      found: '[N, 4]',
    },
  },
  {
    title: 'a sum of different numbers of features',
    // @ts-expect-error
    declare: (x = images().flatten()) => add(x, x.dense(10)),
    inEditor: ['add needs equal shapes, found [N, 192] and [N, 10]'],
    problem: { code: 'shape', where: 'add1', expected: 'tensors of one shape, [N, 192]', found: '[N, 10]' },
  },
  {
    title: 'a sum of different ranks',
    // @ts-expect-error
    declare: (x = images()) => add(x, x.flatten()),
    inEditor: ['add needs equal ranks, found [N, 3, 8, 8] and [N, 192]'],
    problem: {
      code: 'shape',
      where: 'add1',
      expected: 'tensors of one shape, [N, 3, 8, 8]',
      found: '[N, 192]',
    },
  },
  {
    title: 'a concatenation of different heights and widths',
    // @ts-expect-error
    declare: (x = images()) => concat(x, x.maxPool({ kernel: 2 })),
    inEditor: ['concat needs equal height and width, found [N, 3, 8, 8] and [N, 3, 4, 4]'],
    problem: {
      code: 'shape',
      where: 'concat1',
      expected: 'tensors of height 8 and width 8',
      found: '[N, 3, 4, 4]',
    },
  },
  {
    title: 'a concatenation of different widths alone',
    // @ts-expect-error
    declare: (x = input(1, 2)) => concat(x, x.conv2d(3, { kernel: 1, stride: 2 })),
    inEditor: ['concat needs equal height and width, found [N, 3, 1, 2] and [N, 3, 1, 1]'],
    problem: {
      code: 'shape',
      where: 'concat1',
      expected: 'tensors of height 1 and width 2',
      found: '[N, 3, 1, 1]',
    },
  },
  {
    title: 'a concatenation of features',
    // @ts-expect-error
    declare: (x = features()) => concat(x, x),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'concat1', found: '2: [N, 131072]' },
  },
  {
    title: 'gates for other channels',
    // @ts-expect-error
    declare: (x = images()) => scale(x, x.globalAveragePool().dense(4).sigmoid()),
    inEditor: ['scale needs a gate for each of 3 channels, found 4'],
    problem: { code: 'shape', where: 'scale1', expected: 'a gate for each of 3 channels', found: '4' },
  },
  {
    title: 'gates that are images',
    // @ts-expect-error
    declare: (x = images()) => scale(x, x.sigmoid()),
    inEditor: ['[N, 3, 8, 8]', 'allows only 2'],
    problem: { ...needsFeatures, where: 'scale1', found: '4: [N, 3, 8, 8]' },
  },
  {
    title: 'gates of features',
    // @ts-expect-error
    declare: (x = features()) => scale(x, x),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'scale1', found: '2: [N, 131072]' },
  },
  {
    title: 'group norm on features',
    // @ts-expect-error
    declare: () => features().groupNorm(1),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'gn1', found: '2: [N, 131072]' },
  },
  {
    title: 'group norm of groups that do not divide the channels',
    // @ts-expect-error
    declare: () => pooled().groupNorm(5),
    inEditor: ['groups 5 does not divide 32 channels'],
    problem: {
      code: 'option',
      where: 'gn1, option groups',
      expected: 'a divisor of 32 channels',
      found: '5',
    },
  },
  {
    title: 'squeeze-and-excitation on features',
    // @ts-expect-error
    declare: () => features().squeezeExcitation({ reduction: 1 }),
    inEditor: ['[N, 131072]', 'requires 4'],
    problem: { ...needsImages, where: 'se1_squeeze', found: '2: [N, 131072]' },
  },
  {
    title: 'a reduction that does not divide the channels',
    // @ts-expect-error
    declare: () => pooled().squeezeExcitation({ reduction: 12 }),
    inEditor: ['reduction 12 does not divide 32 channels'],
    problem: {
      code: 'option',
      where: 'se1, option reduction',
      expected: 'a divisor of 32 channels',
      found: '12',
    },
  },
  {
    title: 'no groups to normalise',
    // @ts-expect-error
    declare: () => pooled().groupNorm(0),
    inEditor: ['groups must be a positive integer, found 0'],
    problem: { ...needsInteger, where: 'gn1, option groups', found: '0' },
  },
  {
    title: 'an approximation that does not exist',
    // @ts-expect-error
    declare: () => images().gelu({ approximate: 'erf' }),
    fromData: () =>
      fromArchitecture({
        ...right,
        layers: right.layers.map((layer) =>
          layer.kind === 'flatten' ? { ...layer, kind: 'gelu', attributes: { approximate: 'erf' } } : layer,
        ),
      }),
    inEditor: ['"erf"', '"none" | "tanh"'],
    problem: {
      code: 'model',
      where: 'flatten1 (gelu)',
      expected: 'layers as toArchitecture writes them, from an input to a softmax',
      found: '✖ Invalid option: expected one of "none"|"tanh"\n  → at approximate',
    },
  },
  {
    title: 'stride 0',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 3, stride: 0 }),
    inEditor: ['stride must be a positive integer, found 0'],
    problem: { ...needsInteger, where: 'conv1, option stride', found: '0' },
  },
  {
    title: 'dilation 0',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 3, dilation: 0 }),
    inEditor: ['dilation must be a positive integer, found 0'],
    problem: { ...needsInteger, where: 'conv1, option dilation', found: '0' },
  },
  {
    title: 'negative dilation',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 3, dilation: -2, padding: 0 }),
    inEditor: ['dilation must be a positive integer, found -2'],
    problem: { ...needsInteger, where: 'conv1, option dilation', found: '-2' },
  },
  {
    title: 'groups that do not divide the channels',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 3, groups: 2 }),
    inEditor: ['groups 2 does not divide 3 channels'],
    problem: {
      code: 'option',
      where: 'conv1, option groups',
      expected: 'a divisor of 3 channels',
      found: '2',
    },
  },
  {
    title: 'groups that do not divide the filters',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 3, groups: 3 }),
    inEditor: ['groups 3 does not divide 4 filters'],
    problem: {
      code: 'option',
      where: 'conv1, option groups',
      expected: 'a divisor of 4 filters',
      found: '3',
    },
  },
  {
    title: 'fractional groups',
    // @ts-expect-error
    declare: () => images().conv2d(3, { kernel: 3, groups: 1.5 }),
    inEditor: ['groups must be a positive integer, found 1.5'],
    problem: { ...needsInteger, where: 'conv1, option groups', found: '1.5' },
  },
  {
    title: 'zero groups',
    // @ts-expect-error
    declare: () => images().conv2d(3, { kernel: 3, groups: 0 }),
    inEditor: ['groups must be a positive integer, found 0'],
    problem: { ...needsInteger, where: 'conv1, option groups', found: '0' },
  },
  {
    title: 'a fractional kernel',
    // @ts-expect-error
    declare: () => images().averagePool({ kernel: 2.5 }),
    inEditor: ['kernel must be a positive integer, found 2.5'],
    problem: { ...needsInteger, where: 'averagePool1, option kernel', found: '2.5' },
  },
  {
    title: 'negative filters',
    // @ts-expect-error
    declare: () => images().conv2d(-4, { kernel: 3 }),
    inEditor: ['filters must be a positive integer, found -4'],
    problem: { ...needsInteger, where: 'conv1, option filters', found: '-4' },
  },
  {
    title: 'zero units',
    // @ts-expect-error
    declare: () => features().dense(0),
    inEditor: ['units must be a positive integer, found 0'],
    problem: { ...needsInteger, where: 'dense1, option units', found: '0' },
  },
  {
    title: 'an input without height',
    // @ts-expect-error
    declare: () => input(0, 8),
    inEditor: ['height must be a positive integer, found 0'],
    problem: { ...needsInteger, where: 'input, option height', found: '0' },
  },
  {
    title: 'negative padding',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 3, padding: -1 }),
    inEditor: ['padding must be an integer of at least 0, found -1'],
    problem: { ...needsPadding, where: 'conv1, option padding', found: '-1' },
  },
  {
    title: 'fractional padding',
    // @ts-expect-error
    declare: () => images().maxPool({ kernel: 3, padding: 0.5 }),
    inEditor: ['padding must be an integer of at least 0, found 0.5'],
    problem: { ...needsPadding, where: 'maxPool1, option padding', found: '0.5' },
  },
  {
    title: 'a pool with padding over half its kernel',
    // @ts-expect-error
    declare: () => images().maxPool({ kernel: 3, padding: 2 }),
    inEditor: ['padding 2 is more than half the kernel 3'],
    problem: {
      code: 'option',
      where: 'maxPool1, option padding',
      expected: 'at most half the kernel, 1.5',
      found: '2',
    },
  },
  {
    title: 'an option that does not exist',
    // @ts-expect-error
    declare: () => images().conv2d(4, { kernel: 3, strides: 2 }),
    fromData: () =>
      fromArchitecture({
        ...right,
        layers: right.layers.map((layer) =>
          layer.kind === 'flatten' ? { ...layer, attributes: { strides: 2 } } : layer,
        ),
      }),
    inEditor: ['there is no option strides'],
    problem: {
      code: 'model',
      where: 'flatten1 (flatten)',
      expected: 'layers as toArchitecture writes them, from an input to a softmax',
      found: '✖ Unrecognized key: "strides"',
    },
  },
  {
    title: 'dropout of everything',
    // @ts-expect-error
    declare: () => features().dropout(1),
    inEditor: ['dropout rate must be at least 0 and under 1, found 1'],
    problem: {
      code: 'option',
      where: 'dropout1, option rate',
      expected: 'a rate of at least 0 and under 1',
      found: '1',
    },
  },
  {
    title: 'a negative dropout rate',
    // @ts-expect-error
    declare: () => features().dropout(-0.5),
    inEditor: ['dropout rate must be at least 0 and under 1, found -0.5'],
    problem: {
      code: 'option',
      where: 'dropout1, option rate',
      expected: 'a rate of at least 0 and under 1',
      found: '-0.5',
    },
  },
  {
    title: 'a layer after the softmax',
    // @ts-expect-error
    declare: () => features().softmax().dense(10),
    fromData: () =>
      fromArchitecture({
        ...right,
        layers: [...right.layers, { name: 'late', kind: 'relu', attributes: {}, inputs: ['softmax1'] }],
      }),
    inEditor: ["Property 'dense' does not exist on type 'Head<131072>'"],
    problem: {
      code: 'model',
      where: 'softmax1',
      expected: 'layers as toArchitecture writes them, from an input to a softmax',
      found: 'a softmax that is not the last layer',
    },
  },
  {
    title: 'a model without a softmax',
    // @ts-expect-error
    declare: () => model('wrong', features()),
    fromData: () => fromArchitecture({ ...right, layers: right.layers.slice(0, -1) }),
    inEditor: ["'Tensor<[N, 131072]>'", "'Head<number>'"],
    problem: {
      code: 'model',
      where: 'wrong',
      expected: 'layers as toArchitecture writes them, from an input to a softmax',
      found: 'flatten as the last layer',
    },
  },
];
