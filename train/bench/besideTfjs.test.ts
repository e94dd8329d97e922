/** What the bench says of TensorFlow.js: that it trains on its CPU backend, and what its wasm backend lacks. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toArchitecture } from '../../dsl/architecture.ts';
import { input, model } from '../../dsl/index.ts';
import { noiseBatch } from '../../export/reference/noise.ts';
import { temporaryFolder } from '../data/fixtures.ts';
import { besideTfjs, smallStep } from './besideTfjs.ts';

const { size, batch } = smallStep;
const pixels = () => input(size, size);
const networks = {
  dense: model('dense', pixels().flatten().dense(8).relu().dropout(0.1).dense(3).softmax()),
  convolution: model(
    'convolution',
    pixels().conv2d(2, { kernel: 3 }).batchNorm().relu().maxPool({ kernel: 2 }).flatten().dense(3).softmax(),
  ),
};

const compared = (name: keyof typeof networks) => {
  const declared = networks[name];
  const folder = temporaryFolder();
  const { images, labels } = noiseBatch(declared, batch, 0);
  writeFileSync(join(folder, 'pixels'), images);
  writeFileSync(join(folder, 'labels'), labels);
  return besideTfjs(name, {
    architecture: toArchitecture(declared),
    parameters: {},
    optimizer: { name: 'adam', lr: 1e-3 },
    batch,
    threads: 1,
    pixels: join(folder, 'pixels'),
    labels: join(folder, 'labels'),
  });
};

it('times dense layers on both backends of tfjs', () => {
  const [, ours, cpu, wasm] = compared('dense');
  expect(ours).toMatch(/ours +[\d.]+ images\/s$/);
  expect(cpu).toMatch(/tfjs, cpu +[\d.]+ images\/s; ours is [\d.]+ times as fast$/);
  expect(wasm).toMatch(/tfjs, wasm +[\d.]+ images\/s$/);
});

it('shows that the wasm backend cannot take the gradient of a convolution', () => {
  const [, , cpu, wasm] = compared('convolution');
  expect(cpu).toMatch(/images\/s/);
  expect(wasm).toMatch(/Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'/);
});
