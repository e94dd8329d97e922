/**
 * For tests: the zoo at 128x128, every size a literal. The zoo itself takes sizes as options, so its heights
 * and widths are `number`; here the type checker works out all of them.
 */
import { model } from '../model.ts';
import type { N } from '../shape.ts';
import { add, ensemble, input, type Tensor } from '../tensor.ts';

const baseline = input(128, 128)
  .flatten()
  .dense(512)
  .relu()
  .dropout(0.3)
  .dense(256)
  .relu()
  .dense(24)
  .softmax();

const cnn3x3 = input(128, 128)
  .conv2d(32, { kernel: 3, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(64, { kernel: 3, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(128, { kernel: 3, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(256, { kernel: 3, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .flatten()
  .dense(256)
  .relu()
  .dropout(0.5)
  .dense(24)
  .softmax();

const cnn5x5 = input(128, 128)
  .conv2d(32, { kernel: 5, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(64, { kernel: 5, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(128, { kernel: 5, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(256, { kernel: 5, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .flatten()
  .dense(256)
  .relu()
  .dropout(0.5)
  .dense(24)
  .softmax();

const cnn7x7 = input(128, 128)
  .conv2d(32, { kernel: 7, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(64, { kernel: 7, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(128, { kernel: 7, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(256, { kernel: 7, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .flatten()
  .dense(256)
  .relu()
  .dropout(0.5)
  .dense(24)
  .softmax();

const cnn3to5 = input(128, 128)
  .conv2d(32, { kernel: 3, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(64, { kernel: 3, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(128, { kernel: 5, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .conv2d(256, { kernel: 5, bias: false })
  .batchNorm()
  .relu()
  .maxPool({ kernel: 2 })
  .flatten()
  .dense(256)
  .relu()
  .dropout(0.5)
  .dense(24)
  .softmax();

const member = (x: Tensor<[N, 3, 128, 128]>) => {
  const stem = x.conv2d(28, { kernel: 3, stride: 2, bias: false }).batchNorm().relu();
  const block1 = add(
    stem
      .conv2d(28, { kernel: 3, bias: false })
      .batchNorm()
      .relu()
      .conv2d(28, { kernel: 3, bias: false })
      .batchNorm(),
    stem,
  ).relu();
  const block2 = add(
    block1
      .conv2d(56, { kernel: 3, stride: 2, bias: false })
      .batchNorm()
      .relu()
      .conv2d(56, { kernel: 3, bias: false })
      .batchNorm(),
    block1.conv2d(56, { kernel: 1, stride: 2, bias: false }).batchNorm(),
  ).relu();
  const block3 = add(
    block2
      .conv2d(112, { kernel: 3, stride: 2, bias: false })
      .batchNorm()
      .relu()
      .conv2d(112, { kernel: 3, bias: false })
      .batchNorm(),
    block2.conv2d(112, { kernel: 1, stride: 2, bias: false }).batchNorm(),
  ).relu();
  const block4 = add(
    block3
      .conv2d(224, { kernel: 3, stride: 2, bias: false })
      .batchNorm()
      .relu()
      .conv2d(224, { kernel: 3, bias: false })
      .batchNorm(),
    block3.conv2d(224, { kernel: 1, stride: 2, bias: false }).batchNorm(),
  ).relu();
  return block4.globalAveragePool().dropout(0.2).dense(24);
};
const rgb = input(128, 128);
const marsnet = ensemble([member(rgb), member(rgb.groupNorm(3))]);

export const literalZoo = {
  baseline: model('baseline', baseline),
  cnn3x3: model('cnn3x3', cnn3x3),
  cnn5x5: model('cnn5x5', cnn5x5),
  cnn7x7: model('cnn7x7', cnn7x7),
  cnn3to5: model('cnn3to5', cnn3to5),
  marsnet: model('marsnet', marsnet),
} as const;
