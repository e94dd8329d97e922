/** The total table of rules: forward pass and gradient of every kind of layer. */
import { dropout, gelu, leakyRelu, relu, sigmoid, silu } from './activations.ts';
import { batchNorm } from './batchNorm.ts';
import { conv2d } from './conv2d.ts';
import { dense, softmax } from './dense.ts';
import { averagePool, globalAveragePool, maxPool } from './pooling.ts';
import type { Rules } from './rule.ts';
import { groupNorm, layerNorm } from './sampleNorm.ts';
import { scale } from './scale.ts';
import { add, concat, ensemble, flatten, input } from './shaping.ts';

export const rules: Rules = {
  input,
  conv2d,
  batchNorm,
  layerNorm,
  groupNorm,
  relu,
  leakyRelu,
  gelu,
  silu,
  sigmoid,
  maxPool,
  averagePool,
  globalAveragePool,
  flatten,
  dense,
  dropout,
  add,
  concat,
  scale,
  ensemble,
  softmax,
};
