/** The first questions of the whole study, in a few minutes: small images, few epochs, two seeds. */
import type { StudyFile } from '../study.ts';

export default {
  name: 'quick',
  title: 'Convolution and kernel size, in a few minutes',
  seeds: [1, 2],
  base: {
    size: 32,
    epochs: 4,
    learningRate: 0.001,
    optimizer: { name: 'adam' },
    schedule: { name: 'cosine', warmupEpochs: 1 },
    network: { family: 'conv', kernel: 3, blocks: 4, width: 32 },
  },
  variants: {
    baseline: { network: { family: 'dense' } },
    cnn3x3: {},
    cnn5x5: { network: { kernel: 5 } },
    cnn7x7: { network: { kernel: 7 } },
    'baseline-permuted': { network: { family: 'dense' }, permutePixels: true },
    'cnn3x3-permuted': { permutePixels: true },
  },
  experiments: {
    architecture: {
      question: 'What does convolution buy over dense layers?',
      factor: 'network.family',
      variants: ['baseline', 'cnn3x3'],
    },
    kernel: {
      question: 'Which kernel size?',
      factor: 'network.kernel',
      variants: ['cnn3x3', 'cnn5x5', 'cnn7x7'],
    },
    'permuted pixels, dense': {
      question: 'Does a dense network need neighbouring pixels to be neighbours?',
      factor: 'permutePixels',
      variants: ['baseline', 'baseline-permuted'],
    },
    'permuted pixels, convolution': {
      question: 'Does a convolutional one?',
      factor: 'permutePixels',
      variants: ['cnn3x3', 'cnn3x3-permuted'],
    },
  },
  keep: ['baseline', 'cnn3x3', 'cnn5x5', 'cnn7x7'],
} satisfies StudyFile;
