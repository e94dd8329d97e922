import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { latestModel } from './latestModel.ts';

let runs = '';
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'areograph-runs-'));
});
afterEach(() => rm(runs, { recursive: true }));

async function exported(name: string, seconds: number): Promise<string> {
  const file = join(runs, name, 'model.onnx');
  await mkdir(join(runs, name));
  await writeFile(file, '');
  await utimes(file, seconds, seconds);
  return file;
}

it('is the newest by time, not by name, and passes over unfinished runs and stray files', async () => {
  await exported('z', 1000);
  const newest = await exported('b', 3000);
  await exported('c', 2000);
  await mkdir(join(runs, 'unfinished'));
  await writeFile(join(runs, 'notes.txt'), '');
  expect(await latestModel(runs)).toBe(newest);
});

it('says how to get a model where there is none', async () => {
  await mkdir(join(runs, 'unfinished'));
  for (const folder of [runs, join(runs, 'missing')]) {
    await expect(latestModel(folder)).rejects.toMatchObject({ code: 'model' });
    await expect(latestModel(folder)).rejects.toThrow(/npm run train -- cnn3x3.*npm run quickstart/);
  }
});
