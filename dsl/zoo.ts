/**
 * The architectures of the study, a dense baseline and CNNs that differ in nothing but their kernels, and one to serve.
 *
 * Sizes are options, so height and width are `number` here; channels and ranks are still checked.
 */
import { closest } from 'fastest-levenshtein';
import { type ConvNetOptions, convNet } from './convNet.ts';
import { AreographError } from './errors.ts';
import { type Model, model } from './model.ts';
import { residualBlock } from './residualBlock.ts';
import type { Images } from './shape.ts';
import { ensemble, input, type Tensor } from './tensor.ts';

export interface ZooOptions {
  /** Height and width of the input, in pixels. Default 128. */
  readonly size?: number;
  /** Number of classes. Default 24: those of the Mars images that have any image. */
  readonly classes?: number;
}

const defaults = { size: 128, classes: 24 } as const;

/** Dense layers alone: what a CNN has to beat. */
export function baseline(options: ZooOptions = {}): Model {
  const { size, classes } = { ...defaults, ...options };
  const head = input(size, size)
    .flatten()
    .dense(512)
    .relu()
    .dropout(0.3)
    .dense(256)
    .relu()
    .dense(classes)
    .softmax();
  return model('baseline', head, [
    'flatten first: every pixel has a weight of its own, so nothing is known about neighbourhood or shift',
    'dense 512, 256: two hidden layers, wide enough to fit the training images',
    'dropout 0.3: most of the weights are in the first layer, which would otherwise memorise',
  ]);
}

/** What the CNNs of the zoo share, so that only the kernel can explain a difference. */
const shared = {
  blocks: 4,
  width: 32,
  padding: 'same',
  batchNorm: true,
  downsampling: 'max-pool',
} as const satisfies Partial<ConvNetOptions>;

function cnn(name: string, kernel: ConvNetOptions['kernel'], options: ZooOptions, reason: string): Model {
  return convNet(name, { ...defaults, ...options, ...shared, kernel }, [
    reason,
    'channels 32, 64, 128, 256: doubled where pooling halves the sides, so that cost stays balanced',
    'batch norm after each convolution: a higher learning rate trains stably; the convolution needs no bias',
    'max-pool 2x2: tolerance to small shifts, and a receptive field that doubles with each block',
    'dense 256 with dropout 0.5: the largest share of the weights, so the place to regularise',
  ]);
}

export function cnn3x3(options: ZooOptions = {}): Model {
  return cnn('cnn3x3', 3, options, '3x3 kernels: the smallest that see every direction');
}

export function cnn5x5(options: ZooOptions = {}): Model {
  return cnn('cnn5x5', 5, options, '5x5 kernels: 2.8 times the weights of 3x3 for a wider view per layer');
}

export function cnn7x7(options: ZooOptions = {}): Model {
  return cnn(
    'cnn7x7',
    7,
    options,
    '7x7 kernels: 5.4 times the weights of 3x3, for shapes larger than texture',
  );
}

export function cnn3to5(options: ZooOptions = {}): Model {
  return cnn(
    'cnn3to5',
    [3, 3, 5, 5],
    options,
    '3x3 then 5x5: small kernels where maps are large, wide ones where they are cheap',
  );
}

/** Two small residual networks that see the image differently: not of the study, but what is worth serving. */
export function marsnet(options: ZooOptions = {}): Model {
  const { size, classes } = { ...defaults, ...options };
  const image = input(size, size);
  const logits = (x: Tensor<Images>) => {
    const stem = x.conv2d(28, { kernel: 3, stride: 2, bias: false }).batchNorm().relu();
    const features = [28, 56, 112, 224].reduce<Tensor<Images>>(
      (x, filters, stage) => residualBlock(x, filters, stage === 0 ? 1 : 2),
      stem,
    );
    return features.globalAveragePool().dropout(0.2).dense<number>(classes);
  };
  return model('marsnet', ensemble([logits(image), logits(image.groupNorm(3))]), [
    'an ensemble of two: one sees the colours as they are, the other each channel of an image standardised, so that they err apart',
    '3x3 kernels, two in each residual block: the shortcut, 1x1 where the shape changes, lets gradients pass to the first',
    'channels 28, 56, 112, 224: doubled where a stride of 2 halves the sides; the stem halves them first, for speed',
    'batch norm after each convolution: a higher learning rate trains stably; the convolution needs no bias',
    'global average pooling: no weight knows a place, so any size of image fits, and 1.9 million parameters are enough',
    'dropout 0.2 before the classes: the one place where features could be relied on singly',
  ]);
}

export const zoo = { baseline, cnn3x3, cnn5x5, cnn7x7, cnn3to5, marsnet } as const;
export type ZooName = keyof typeof zoo;

/**
 * An architecture of the zoo by its name.
 *
 * @throws AreographError 'name' with the known names and the nearest one.
 */
export function fromZoo(name: string, options: ZooOptions = {}): Model {
  if (isZooName(name)) return zoo[name](options);
  const known = Object.keys(zoo);
  throw new AreographError({
    code: 'name',
    where: 'the architecture',
    expected: `one of ${known.join(', ')}, or a TypeScript file that exports a model`,
    found: JSON.stringify(name),
    next: `Did you mean ${closest(name, known)}?`,
  });
}

function isZooName(name: string): name is ZooName {
  return Object.hasOwn(zoo, name);
}
