/** A residual network that strides where others pool: for the bench, as there is no pooling to exploit. */
import { add, input, model, type ZooOptions } from '../../dsl/index.ts';
import type { Images } from '../../dsl/shape.ts';
import type { Tensor } from '../../dsl/tensor.ts';

export default ({ size = 128, classes = 24 }: ZooOptions) => {
  const stem = input(size, size).conv2d(32, { kernel: 3, stride: 2, bias: false }).batchNorm().relu();
  const features = [32, 64, 128, 256].reduce<Tensor<Images>>(block, stem);
  return model('stridedResnet', features.globalAveragePool().dense(classes).softmax());
};

/** Halves the sides: two 3x3 convolutions beside a 1x1 one. */
function block(x: Tensor<Images>, filters: number): Tensor<Images> {
  const inner = x
    .conv2d(filters, { kernel: 3, stride: 2, bias: false })
    .batchNorm()
    .relu()
    .conv2d(filters, { kernel: 3, bias: false })
    .batchNorm();
  return add(inner, x.conv2d(filters, { kernel: 1, stride: 2, bias: false }).batchNorm()).relu();
}
