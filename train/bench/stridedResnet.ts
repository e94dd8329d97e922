/**
 * A residual network that strides where others pool, for the bench: there is no pooling to exploit. ResNet-18
 * (https://arxiv.org/abs/1512.03385) at half its width, with a 3x3 stem of stride 2 and no max-pool.
 */
import { input, model, type ZooOptions } from '../../dsl/index.ts';
import { residualBlock } from '../../dsl/residualBlock.ts';
import type { Images } from '../../dsl/shape.ts';
import type { Tensor } from '../../dsl/tensor.ts';

export default ({ size = 128, classes = 24 }: ZooOptions) => {
  const stem = input(size, size).conv2d(32, { kernel: 3, stride: 2, bias: false }).batchNorm().relu();
  const features = [32, 64, 128, 256].reduce<Tensor<Images>>((x, filters, stage) => {
    return residualBlock(residualBlock(x, filters, stage === 0 ? 1 : 2), filters, 1);
  }, stem);
  return model('stridedResnet', features.globalAveragePool().dense(classes).softmax());
};
