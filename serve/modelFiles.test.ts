import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findModel, findModels } from './modelFiles.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'areograph-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(...path: string[]): Promise<void> {
  await mkdir(join(folder, ...path.slice(0, -1)), { recursive: true });
  await writeFile(join(folder, ...path), 'model');
}

const found = async () => (await findModels(folder)).map(({ name, version }) => `${name} ${version}`).sort();

it('finds models in each layout, and nothing else', async () => {
  await write('flat.onnx');
  await write('run', 'model.onnx');
  await write('triton', '1', 'model.onnx');
  await write('triton', '12', 'model.onnx');
  await write('triton', '012', 'model.onnx');
  await write('triton', 'latest', 'model.onnx');
  await write('deep', 'deeper', 'model.onnx');
  await write('notes.txt');
  await write('.hidden.onnx');
  await write('with space.onnx');
  await mkdir(join(folder, 'empty'));
  expect(await found()).toEqual(['flat 1', 'run 1', 'triton 1', 'triton 12']);
});

it('tells a file that was written to, replaced or given a sidecar', async () => {
  const signature = async () => (await findModels(folder)).map((model) => model.signature).join();
  await write('a.onnx');
  const signatures = [await signature()];
  expect(await signature()).toBe(signatures[0]);
  await writeFile(join(folder, 'a.onnx'), 'another');
  signatures.push(await signature());
  await write('new');
  await rename(join(folder, 'new'), join(folder, 'a.onnx'));
  signatures.push(await signature());
  await write('a.json');
  signatures.push(await signature());
  await writeFile(join(folder, 'a.json'), '{}');
  signatures.push(await signature());
  expect(new Set(signatures).size).toBe(signatures.length);
});

it('names a single model after its file, or its folder', async () => {
  await write('cnn.onnx');
  await write('run', 'model.onnx');
  expect(await findModel(join(folder, 'cnn.onnx'))).toMatchObject({ name: 'cnn', version: '1' });
  expect(await findModel(join(folder, 'run', 'model.onnx'))).toMatchObject({ name: 'run' });
});
