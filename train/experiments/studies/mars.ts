/** What convolution and its kernel size buy over a dense network, on the images of Curiosity. */
import type { StudyFile } from '../study.ts';

export default {
  name: 'mars',
  title: 'Convolution, kernel size and inductive bias on photographs of Mars',
  seeds: [1, 2, 3],
  base: {
    size: 64,
    epochs: 10,
    batch: 32,
    optimizer: { name: 'adam' },
    learningRate: 0.001,
    schedule: { name: 'cosine', warmupEpochs: 1 },
    network: { family: 'conv', kernel: 3, blocks: 4, width: 32 },
  },
  variants: {
    baseline: { network: { family: 'dense' } },
    cnn3x3: {},
    cnn5x5: { network: { kernel: 5 } },
    cnn7x7: { network: { kernel: 7 } },
    cnn3to5: { network: { kernel: [3, 3, 5, 5] } },
    'baseline-128': { network: { family: 'dense' }, size: 128 },
    'cnn3x3-128': { size: 128 },
    'baseline-permuted': { network: { family: 'dense' }, permutePixels: true },
    'cnn3x3-permuted': { permutePixels: true },
    'cnn3x3-2-blocks': { network: { blocks: 2 } },
    'cnn3x3-3-blocks': { network: { blocks: 3 } },
    'cnn3x3-5-blocks': { network: { blocks: 5 } },
    'cnn3x3-strided': { network: { downsampling: 'stride' } },
    'cnn3x3-valid': { network: { padding: 'valid' } },
    'cnn3x3-no-norm': { network: { batchNorm: false } },
    'cnn3x3-width-16': { network: { width: 16 } },
    'cnn3x3-width-64': { network: { width: 64 } },
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
      variants: ['cnn3x3', 'cnn5x5', 'cnn7x7', 'cnn3to5'],
    },
    'architecture at 128': {
      question: 'Does the answer hold at four times as many pixels?',
      factor: 'network.family',
      variants: ['baseline-128', 'cnn3x3-128'],
      seeds: [1],
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
    'batch norm': {
      question: 'What does batch norm buy?',
      factor: 'network.batchNorm',
      variants: ['cnn3x3', 'cnn3x3-no-norm'],
    },
    downsampling: {
      question: 'Max-pool, or a stride in the convolution?',
      factor: 'network.downsampling',
      variants: ['cnn3x3', 'cnn3x3-strided'],
    },
    padding: {
      question: "'Same' or 'valid' padding?",
      factor: 'network.padding',
      variants: ['cnn3x3', 'cnn3x3-valid'],
    },
    depth: {
      question: 'How many blocks?',
      factor: 'network.blocks',
      variants: ['cnn3x3', 'cnn3x3-2-blocks', 'cnn3x3-3-blocks', 'cnn3x3-5-blocks'],
    },
    width: {
      question: 'How many channels?',
      factor: 'network.width',
      variants: ['cnn3x3', 'cnn3x3-width-16', 'cnn3x3-width-64'],
    },
  },
  keep: ['baseline', 'cnn3x3', 'cnn5x5', 'cnn7x7', 'cnn3to5'],
} satisfies StudyFile;
