import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadClassifier } from '../runtime/classifier.ts';
import { decodeImage } from '../runtime/decode.ts';
import { tinyModelFolder } from '../runtime/tinyModel.ts';
import { resultsSchema } from './results.ts';
import { finish, photoFile } from './testCommand.ts';

let folder = '';
let model = '';
let photo = '';
let broken = '';
beforeAll(async () => {
  let file = '';
  ({ folder, file } = await tinyModelFolder());
  model = join(folder, 'runs', 'first', 'model.onnx');
  await mkdir(join(folder, 'runs', 'first'), { recursive: true });
  await rename(file, model);
  photo = await photoFile(folder);
  broken = join(folder, 'broken.jpg');
  await writeFile(broken, 'not an image');
});
afterAll(() => rm(folder, { recursive: true }));

describe('npm run classify', () => {
  it('shows the classes that the newest model sees, as a table', async () => {
    const { classes } = await (await loadClassifier(model, { device: 'cpu' })).classify(
      await decodeImage(photo),
    );
    const { out, error, code } = await finish('classifyCli.ts', ['photo.jpg'], folder);
    expect({ error, code }).toEqual({ error: '', code: 0 });
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toBe(`cnn3x3 (${join('runs', 'first', 'model.onnx')})`);
    expect(lines[2]).toMatch(/^photo\.jpg \([\d.]+ ms\)$/);
    const shown = lines.slice(3).map((line) => /^ {2}(\S+) +([\d.]+) %/.exec(line)?.slice(1));
    expect(shown).toEqual(classes.map((score) => [score.class, (score.probability * 100).toFixed(1)]));
  });

  it('names a file that is no image, classifies the others, and exits with 1', async () => {
    const { out, error, code } = await finish('classifyCli.ts', [
      '--model',
      model,
      broken,
      'missing.jpg',
      photo,
    ]);
    expect(code).toBe(1);
    const [first, second, ...rest] = error.trimEnd().split('\n');
    expect(first).toMatch(/^error: .*broken\.jpg: expected .* found /);
    expect(second).toMatch(/^error: missing\.jpg: expected .* found no such file/);
    expect(rest).toEqual([]);
    expect(out).toContain(`${photo} (`);
    expect(out).toMatch(/wheel +[\d.]+ %/);
  });

  it('prints with --json what the server answers', async () => {
    const { out, code } = await finish('classifyCli.ts', ['--model', model, '--json', photo, broken]);
    expect(code).toBe(1);
    const { results } = z.strictObject(resultsSchema.shape).parse(JSON.parse(out));
    expect(results).toMatchObject([
      { file: photo, top: {}, classes: [{}, {}, {}] },
      { file: broken, error: { code: 'not-an-image' } },
    ]);
  });

  it('says in one line what is wrong with the model', async () => {
    const { out, error, code } = await finish('classifyCli.ts', ['--model', broken, photo]);
    expect({ out, code }).toEqual({ out: '', code: 1 });
    expect(error).toMatch(/^error: .*broken\.jpg: expected an ONNX model.*\n$/);
  });
});
