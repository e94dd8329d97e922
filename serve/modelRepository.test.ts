import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { brightness, brightnessModel } from '../runtime/brightnessModel.ts';
import { loadClassifier } from '../runtime/classifier.ts';
import type { RgbImage } from '../runtime/image.ts';
import { tinyModel } from '../runtime/tinyModel.ts';
import { findModel, findModels } from './modelFiles.ts';
import { ModelRepository, type RepositoryOptions } from './modelRepository.ts';

let folder = '';
let log: { readonly msg: string; readonly model: string; readonly reason?: string }[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'areograph-'));
  log = [];
});
afterEach(() => rm(folder, { recursive: true }));

function repository(options: Partial<RepositoryOptions> = {}): ModelRepository {
  const models = new ModelRepository({
    find: () => findModels(folder),
    device: 'cpu',
    workers: 1,
    threads: 1,
    maxBatch: 4,
    maxDelay: 0,
    maxQueue: 100,
    maxPixels: 1e6,
    retireAfter: 0,
    logger: pino({}, { write: (line: string) => void log.push(JSON.parse(line)) }),
    ...options,
  });
  onTestFinished(() => models.close());
  return models;
}

async function write(name: string, bytes: Uint8Array | string = tinyModel()): Promise<string> {
  const file = join(folder, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, bytes);
  return file;
}

/** A file counts once it is the same at two looks. */
async function look(models: ModelRepository): Promise<void> {
  await models.update();
  await models.update();
}

const image: RgbImage = { height: 32, width: 32, data: Uint8Array.from({ length: 3072 }, (_, i) => i % 251) };
const never = new AbortController().signal;
const expected = async (file: string) =>
  (await (await loadClassifier(file, { device: 'cpu' })).predict([image]))[0]?.probabilities ??
  new Float32Array();
const answered = async (models: ModelRepository, name?: string, version?: string) =>
  (await models.get(name, version).classify({ image }, never)).probabilities;
const served = (models: ModelRepository) => models.list().map(({ name, version }) => `${name} ${version}`);

describe('ModelRepository', () => {
  it('serves models and versions by name, the newest version and the first name by default', async () => {
    const files = [
      await write('b/2/model.onnx', tinyModel(2)),
      await write('b/10/model.onnx', tinyModel(10)),
    ];
    const a = await write('a.onnx', tinyModel(3));
    const models = repository();
    expect(models.ready).toBe(false);
    expect(() => models.get()).toThrow(expect.objectContaining({ code: 'not-ready' }));
    await models.open();
    expect(models.ready).toBe(true);
    expect(served(models)).toEqual(['a 1', 'b 10', 'b 2']);
    expect(await answered(models)).toEqual(await expected(a));
    expect(await answered(models, 'b')).toEqual(await expected(files[1] ?? ''));
    expect(await answered(models, 'b', '2')).toEqual(await expected(files[0] ?? ''));
    for (const wrong of [['c'], ['b', '3'], ['..'], ['__proto__'], [undefined, '2']] as const) {
      expect(() => models.get(...wrong)).toThrow(expect.objectContaining({ code: 'model-not-found' }));
    }
    expect(() => models.get('c')).toThrow(/a version 1, b version 10, b version 2.*found 'c'/);
  });

  it('is ready once the default model that was asked for is there', async () => {
    await write('a.onnx');
    const models = repository({ defaultName: 'b' });
    await models.open();
    expect(models.ready).toBe(false);
    await write('b.onnx');
    await look(models);
    expect(models.ready).toBe(true);
    expect(models.get().name).toBe('b');
  });

  it('takes up new, changed and removed files, and no file that is still being written', async () => {
    await write('a.onnx');
    const models = repository();
    await models.open();
    const before = await answered(models);
    const a = await write('a.onnx', tinyModel(2));
    await write('b.onnx', tinyModel(3));
    await models.update();
    expect(served(models)).toEqual(['a 1']);
    expect(await answered(models)).toEqual(before);
    await models.update();
    expect(served(models)).toEqual(['a 1', 'b 1']);
    expect(await answered(models)).toEqual(await expected(a));
    await rm(a);
    await models.update();
    expect(served(models)).toEqual(['a 1', 'b 1']);
    await models.update();
    expect(served(models)).toEqual(['b 1']);
    expect(log.map(({ msg, model }) => `${msg}: ${model}`)).toEqual([
      'model loaded: a/1',
      'model replaced: a/1',
      'model loaded: b/1',
      'model removed: a/1',
    ]);
  });

  it('rejects a file that cannot be used, once, keeps what it had, and takes the file once it is right', async () => {
    const a = await write('a.onnx');
    const models = repository();
    await models.open();
    const before = await answered(models);
    await write('a.onnx', 'no model');
    await look(models);
    await look(models);
    expect(await answered(models)).toEqual(before);
    expect(log.at(-1)).toMatchObject({
      msg: 'model rejected, the one before stays',
      reason: expect.stringMatching(/a\.onnx: expected an ONNX model/),
    });
    expect(log).toHaveLength(2);
    await write('a.onnx', tinyModel(2));
    await look(models);
    expect(await answered(models)).toEqual(await expected(a));
  });

  it('opens an empty folder, and one with a broken model beside a good one, but not a broken model alone', async () => {
    const empty = repository();
    await empty.open();
    expect(empty.ready).toBe(false);
    const broken = await write('broken.onnx', tinyModel().subarray(0, 1000));
    const alone = repository({ find: async () => [await findModel(broken)] });
    await expect(alone.open()).rejects.toMatchObject({ code: 'model' });
    await write('good.onnx');
    const both = repository();
    await both.open();
    expect(served(both)).toEqual(['good 1']);
  });

  it('takes the first of two files for one name and version, and says so once', async () => {
    const first = await write('a.onnx', tinyModel(2));
    await write('a/model.onnx');
    const models = repository();
    await models.open();
    await look(models);
    expect(await answered(models)).toEqual(await expected(first));
    expect(log.map(({ msg }) => msg)).toEqual(['model rejected', 'model loaded']);
    expect(log[0]?.reason).toMatch(/a\.onnx has the same name and version/);
  });

  it('gives each image its own energy, in whatever batch the workers have it', async () => {
    await write('bright.onnx', brightnessModel());
    const models = repository();
    await models.open();
    const levels = [0, 200, 30, 255, 120, 90];
    const answers = levels.map((level) => {
      const data = new Uint8Array(3 * 9 * 8).fill(level);
      return models.get().classify({ image: { height: 9, width: 8, data } }, never);
    });
    const { description } = models.get();
    expect(description).toMatchObject({ mirror: true, energyThreshold: brightness.threshold });
    for (const [i, { energy }] of (await Promise.all(answers)).entries()) {
      expect(energy).toBeCloseTo(brightness.energyOf(levels[i] ?? Number.NaN), 4);
    }
  });

  it('answers what a model had taken in when it was replaced', async () => {
    const a = await write('a.onnx');
    const was = await expected(a);
    const models = repository({ retireAfter: 500 });
    await models.open();
    await write('a.onnx', tinyModel(2));
    await models.update();
    const old = models.get();
    const answers = Array.from({ length: 20 }, () => old.classify({ image }, never));
    await models.update();
    expect(models.get()).not.toBe(old);
    // A request that has sent its image only now.
    answers.push(old.classify({ image }, never));
    for (const { probabilities } of await Promise.all(answers)) {
      for (const [i, value] of probabilities.entries()) expect(value).toBeCloseTo(was[i] ?? Number.NaN, 6);
    }
  });
});
