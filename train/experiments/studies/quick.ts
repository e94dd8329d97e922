/** The first questions of the study of the Mars images in a few minutes: small images, few epochs, two seeds. */
import type { StudyFile } from '../study.ts';
import mars from './mars.ts';

const { baseline, cnn3x3, cnn5x5, cnn7x7 } = mars.variants;

export default {
  name: 'quick',
  title: 'Convolution and kernel size, in a few minutes',
  seeds: [1, 2],
  base: { ...mars.base, size: 32, epochs: 4 },
  variants: {
    baseline,
    cnn3x3,
    cnn5x5,
    cnn7x7,
    'baseline-permuted': mars.variants['baseline-permuted'],
    'cnn3x3-permuted': mars.variants['cnn3x3-permuted'],
  },
  experiments: {
    architecture: mars.experiments.architecture,
    kernel: { ...mars.experiments.kernel, variants: ['cnn3x3', 'cnn5x5', 'cnn7x7'] },
    'permuted pixels, dense': mars.experiments['permuted pixels, dense'],
    'permuted pixels, convolution': mars.experiments['permuted pixels, convolution'],
  },
  keep: ['baseline', 'cnn3x3', 'cnn5x5', 'cnn7x7'],
} satisfies StudyFile;
