/**
 * A residual network that strides where others pool, for the bench: there is no pooling to exploit. ResNet-18
 * (https://arxiv.org/abs/1512.03385) at half its width, with a 3x3 stem of stride 2 and no max-pool.
 */
import { add, input, model, type ZooOptions } from '../../dsl/index.ts';
import type { Images } from '../../dsl/shape.ts';
import type { Tensor } from '../../dsl/tensor.ts';

export default ({ size = 128, classes = 24 }: ZooOptions) => {
  const stem = input(size, size).conv2d(32, { kernel: 3, stride: 2, bias: false }).batchNorm().relu();
  const features = [32, 64, 128, 256].reduce<Tensor<Images>>((x, filters, stage) => {
    return block(block(x, filters, stage === 0 ? 1 : 2), filters, 1);
  }, stem);
  return model('stridedResnet', features.globalAveragePool().dense(classes).softmax());
};

/** Two 3x3 convolutions beside the input, or beside a 1x1 convolution where shapes change. */
function block(x: Tensor<Images>, filters: number, stride: number): Tensor<Images> {
  const inner = x
    .conv2d(filters, { kernel: 3, stride, bias: false })
    .batchNorm()
    .relu()
    .conv2d(filters, { kernel: 3, bias: false })
    .batchNorm();
  const shortcut = stride === 1 ? x : x.conv2d(filters, { kernel: 1, stride, bias: false }).batchNorm();
  return add(inner, shortcut).relu();
}
