import type { Images } from './shape.ts';
import { add, type Tensor } from './tensor.ts';

/**
 * The basic block of https://arxiv.org/abs/1512.03385: two 3x3 convolutions beside the input, or beside a 1x1 convolution
 * where the shape changes.
 *
 * @param x `[N, C, H, W]`
 * @returns `[N, filters, H / stride, W / stride]`, rounded up
 */
export function residualBlock(x: Tensor<Images>, filters: number, stride: number): Tensor<Images> {
  const inner = x
    .conv2d(filters, { kernel: 3, stride, bias: false })
    .batchNorm()
    .relu()
    .conv2d(filters, { kernel: 3, bias: false })
    .batchNorm();
  const changes = stride !== 1 || x.shape[1] !== filters;
  const shortcut = changes ? x.conv2d(filters, { kernel: 1, stride, bias: false }).batchNorm() : x;
  return add(inner, shortcut).relu();
}
