import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { zoo } from '../../dsl/zoo.ts';
import { encodeModelFile } from '../../export/modelFile.ts';
import { noiseWeights } from '../../export/reference/noise.ts';
import { temporaryFolder, writeFiles } from '../data/fixtures.ts';
import { drawColours } from '../testing.ts';
import { readInt8Results } from './int8Results.ts';

const script = fileURLToPath(new URL('./quantizeCli.ts', import.meta.url));
const command = ['--import', 'tsx', script];

it('measures every model of a folder, and keeps the figures', async () => {
  const folder = temporaryFolder();
  await drawColours(join(folder, 'images'), { train: 1, val: 4, test: 1 });
  const files = (['baseline', 'cnn3x3'] as const).map((name) => {
    const model = zoo[name]({ size: 16, classes: 3 });
    const about = { classes: ['blue', 'green', 'red'], provenance: {} };
    return [`models/${name}.onnx`, encodeModelFile(model, noiseWeights(model), about)] as const;
  });
  writeFiles(folder, { ...Object.fromEntries(files), 'models/notes.txt': 'no model' });
  const out = join(folder, 'new', 'int8.json');
  const output = execFileSync(
    process.execPath,
    [...command, join(folder, 'models'), '--data', join(folder, 'images'), '--out', out],
    { encoding: 'utf8', env: { ...process.env, AREOGRAPH_CACHE: join(folder, 'cache') } },
  );
  const { models, data } = readInt8Results(out);
  expect(Object.keys(models)).toEqual(['baseline', 'cnn3x3']);
  expect(data).toMatchObject({ name: 'images', images: 12 });
  expect(output).toMatch(/^baseline, as kept.*\n {2}float16: .*\n {2}int8: .*\ncnn3x3, as kept/);
});

it('says where models are missing', () => {
  const folder = temporaryFolder();
  const { status, stderr } = spawnSync(process.execPath, [...command, folder], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain(`error: ${folder}: expected a folder of .onnx files, found none in it.`);
});
