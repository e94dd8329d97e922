/** Training on images of another size than those that the model is asked with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { model } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { cnn3x3, type ZooOptions } from '../dsl/zoo.ts';
import type { Pixels } from './data/pixels.ts';
import { type RunFile, runOptionsSchema } from './runOptions.ts';
import { startRun } from './start.ts';
import { drawColours } from './testing.ts';

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'areograph-train-size-'));
  await drawColours(join(folder, 'data'), { train: 4, val: 2, test: 2 });
});
afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;
function begin(options: RunFile, declare = anySize) {
  runs += 1;
  const run = { data: join(folder, 'data'), out: join(folder, `run-${runs}`), declare };
  return startRun({ ...run, options: runOptionsSchema.parse({ batch: 4, ...options }) }, () => {});
}

const anySize = ({ size = 32, classes = 3 }: ZooOptions) =>
  model('small', input(size, size).conv2d(4, { kernel: 3 }).globalAveragePool().dense(classes).softmax());

function bytesOf(pixels: Pixels): Uint8Array {
  const bytes = new Uint8Array(pixels.count * pixels.imageBytes);
  pixels.read(
    Array.from({ length: pixels.count }, (_, i) => i),
    bytes,
  );
  return bytes;
}

it('sees train and val as a run of that size does, and asks with images of the model', async () => {
  const both = await begin({ size: 20, trainSize: 16 });
  const small = await begin({ size: 16 });
  const large = await begin({ size: 20 });
  expect(both.config).toMatchObject({ trainSize: 16, crop: 16, graph: small.config.graph });
  for (const split of ['train', 'val'] as const) {
    expect(bytesOf(both.trainingPixels[split])).toEqual(bytesOf(small.pixels[split]));
  }
  for (const split of ['train', 'val', 'test'] as const) {
    expect(bytesOf(both.pixels[split])).toEqual(bytesOf(large.pixels[split]));
  }
  expect(both.model).toEqual(large.model);
  expect(large.trainingPixels).toBe(large.pixels);
});

it('is refused for crops that are larger, and for weights that belong to places', async () => {
  await expect(begin({ size: 32, trainSize: 16, crop: 20 })).rejects.toMatchObject({
    problem: { where: 'crop', expected: 'at most 16, the size of the images', found: '20' },
  });
  await expect(begin({ size: 32, trainSize: 24 }, cnn3x3)).rejects.toMatchObject({
    problem: { where: 'trainSize', next: 'Leave the trainSize out, or train marsnet.' },
  });
  await expect(begin({ size: 32, crop: 24 }, cnn3x3)).rejects.toMatchObject({
    problem: { where: 'crop', next: 'Leave the crop out, or train marsnet.' },
  });
});
