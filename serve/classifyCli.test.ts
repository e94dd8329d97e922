import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brightness, brightnessModel } from '../runtime/brightnessModel.ts';
import { decodeImage } from '../runtime/decode.ts';
import { defaultModel } from '../runtime/defaultModel.ts';
import { tinyClasses, tinyModelFolder } from '../runtime/tinyModel.ts';
import { answerSchema, resultsSchema } from './results.ts';
import { finish, photoFile } from './testing/testCommand.ts';

let folder = '';
let model = '';
let photo = '';
let broken = '';
/** Of the bare session. */
let expected: readonly { readonly class: string; readonly probability: number }[] = [];
beforeAll(async () => {
  ({ folder, file: model } = await tinyModelFolder());
  photo = await photoFile(folder);
  broken = join(folder, 'broken.jpg');
  await writeFile(broken, 'not an image');
  const { data, height, width } = await decodeImage(photo);
  const session = await InferenceSession.create(model);
  const { probabilities } = await session.run({ image: new Tensor('uint8', data, [1, height, width, 3]) });
  expected = tinyClasses
    .map((name, i) => ({ class: name, probability: Number(probabilities?.data[i]) }))
    .sort((a, b) => b.probability - a.probability);
});
afterAll(() => rm(folder, { recursive: true }));

const classify = (...args: readonly string[]) => finish('classifyCli.ts', args);

describe('npm run classify', () => {
  it('shows the classes that a model sees, as a table', async () => {
    const { out, error, code } = await classify('--model', model, photo);
    expect({ error, code }).toEqual({ error: '', code: 0 });
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toBe(`cnn3x3 (${model})`);
    expect(lines[2]).toMatch(/photo\.jpg \([\d.]+ ms; unsure: under 90\.0 %\)$/);
    const shown = lines.slice(3).map((line) => /^ {2}(\S+) +([\d.]+) %/.exec(line)?.slice(1));
    expect(shown).toEqual(expected.map((score) => [score.class, (score.probability * 100).toFixed(1)]));
  });

  it('names a file that is no image, classifies the others, and exits with 1', async () => {
    const { out, error, code } = await classify('--model', model, broken, 'missing.jpg', photo);
    expect(code).toBe(1);
    const [first, second, ...rest] = error.trimEnd().split('\n');
    expect(first).toMatch(/^error: .*broken\.jpg: expected .* found /);
    expect(second).toMatch(/^error: missing\.jpg: expected .* found no such file/);
    expect(rest).toEqual([]);
    expect(out).toContain(`${photo} (`);
    expect(out).toMatch(/wheel +[\d.]+ %/);
  });

  it('prints with --json what the server answers, with the numbers of the bare session', async () => {
    const { out, code } = await classify('--model', model, '--threshold', '0', '--json', photo, broken);
    expect(code).toBe(1);
    const { model: named, results } = z.strictObject(resultsSchema.shape).parse(JSON.parse(out));
    expect(named).toMatchObject({ version: '1' });
    expect(answerSchema.parse(results[0])).toMatchObject({
      file: photo,
      top: expected[0],
      classes: expected,
      abstained: false,
      threshold: 0,
    });
    expect(results[1]).toMatchObject({ file: broken, error: { code: 'not-an-image' } });
  });

  it('says of an image that it is unlike those of training, and by how much', async () => {
    const bright = join(folder, 'bright.onnx');
    await writeFile(bright, brightnessModel());
    const files = await Promise.all(
      [20, 200].map(async (level) => {
        const file = join(folder, `grey ${level}.png`);
        const background = { r: level, g: level, b: level };
        await sharp({ create: { width: 9, height: 8, channels: 3, background } }).toFile(file);
        return file;
      }),
    );
    // 2 - 20 / 63.75 - ln 8 = -0.393, and 2 - 200 / 63.75 - ln 8 = -3.217.
    const { out } = await classify('--model', bright, ...files);
    const [, dark, light] = out.trimEnd().split('\n\n');
    expect(dark?.split('\n')[1]).toBe('  unlike the images of training: energy -0.39, threshold -2.00');
    expect(dark).toMatch(/horizon +[\d.]+ %/);
    expect(light).not.toContain('unlike');

    const { results } = resultsSchema.parse(
      JSON.parse((await classify('--model', bright, '--json', ...files)).out),
    );
    expect(results.map((each) => answerSchema.parse(each).outOfDistribution)).toEqual(
      [20, 200].map((level) => ({
        score: 'energy',
        energy: expect.closeTo(brightness.energyOf(level), 4),
        threshold: -2,
        detected: level === 20,
      })),
    );
  });

  it('takes the model that ships with the project, which knows the classes of the Mars images', async () => {
    const { out, code } = await classify('--json', photo);
    expect(code).toBe(0);
    const { model: named, results } = resultsSchema.parse(JSON.parse(out));
    expect(named).toEqual({ name: basename(defaultModel, '.onnx'), version: '1' });
    const names = answerSchema.parse(results[0]).classes.map((score) => score.class);
    expect(names).toHaveLength(24);
    expect(names).toEqual(expect.arrayContaining(['wheel', 'ground', 'drill holes']));
  });

  it('writes with --explain the image, changed where its class was seen', async () => {
    const seen = join(folder, 'seen.png');
    const { error, code } = await classify('--model', model, '--explain', seen, photo);
    expect({ error, code }).toEqual({ error: '', code: 0 });
    const before = await sharp(photo).raw().toBuffer();
    const { data, info } = await sharp(seen).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 256, height: 256, channels: 3 });
    expect(data.some((value, i) => Math.abs(value - (before[i] ?? 0)) > 50)).toBe(true);

    const several = await classify('--model', model, '--explain', seen, photo, photo);
    expect(several.error).toMatch(/^error: --explain: expected one image, found 2\..*\n$/);
    const unwritable = await classify('--model', model, '--explain', join(folder, 'no', 'a.png'), photo);
    expect(unwritable.error).toMatch(/^error: .*a\.png: expected a file that can be written.*\n$/);
  });

  it('says in one line what is wrong with the model', async () => {
    const { out, error, code } = await classify('--model', broken, photo);
    expect({ out, code }).toEqual({ out: '', code: 1 });
    expect(error).toMatch(/^error: .*broken\.jpg: expected an ONNX model.*\n$/);
  });
});
