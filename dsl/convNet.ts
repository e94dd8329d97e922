/** The convolutional networks of the study, as one declaration with its choices as options. */
import { AreographError } from './errors.ts';
import { type Model, model } from './model.ts';
import type { N } from './shape.ts';
import { input, type Tensor } from './tensor.ts';

export interface ConvNetOptions {
  /** Height and width of the input, in pixels. */
  readonly size: number;
  readonly classes: number;
  /** Side of the convolutions' windows: one number for all blocks, or one for each. */
  readonly kernel: number | readonly number[];
  /** Blocks of convolution and downsampling. */
  readonly blocks: number;
  /** Channels of the first block; each further block has twice as many as the one before. */
  readonly width: number;
  readonly padding: 'same' | 'valid';
  /** Whether convolutions are followed by batch norm; without it they have a bias. */
  readonly batchNorm: boolean;
  /** What halves the sides: a 2x2 max-pool after each convolution, or a stride of 2 in it. */
  readonly downsampling: 'max-pool' | 'stride';
}

/**
 * Blocks of convolution, batch norm, ReLU and downsampling, then dense 256 with dropout 0.5 and the classes.
 *
 * @throws AreographError 'option' unless there is one kernel, or one for each block; 'shape' if the sides shrink
 * below a window
 */
export function convNet(name: string, options: ConvNetOptions, reasons: readonly string[] = []): Model {
  const { size, classes, kernel, blocks, width, padding, batchNorm, downsampling } = options;
  const kernels = typeof kernel === 'number' ? Array.from({ length: blocks }, () => kernel) : kernel;
  if (kernels.length !== blocks) {
    throw new AreographError({
      code: 'option',
      where: `kernel of ${name}`,
      expected: `one number, or ${blocks}, one for each block`,
      found: `${kernels.length}: ${kernels.join(', ')}`,
      next: 'Give as many kernels as there are blocks.',
    });
  }
  const pools = downsampling === 'max-pool';
  let features: Tensor<[N, number, number, number]> = input<number, number, 3>(size, size);
  for (const [block, side] of kernels.entries()) {
    const convolved: typeof features = features.conv2d(width * 2 ** block, {
      kernel: side,
      stride: pools ? 1 : 2,
      padding: padding === 'same' ? 'same' : 0,
      bias: !batchNorm,
    });
    const activated = (batchNorm ? convolved.batchNorm() : convolved).relu();
    features = pools ? activated.maxPool({ kernel: 2 }) : activated;
  }
  return model(name, features.flatten().dense(256).relu().dropout(0.5).dense(classes).softmax(), reasons);
}
