import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readDataset, SPLITS, SYNTHETIC_MARKER } from './dataset.ts';
import { failureOf, namesBelow, temporaryFolder } from './fixtures.ts';
import { locateDataset } from './locate.ts';
import { drawSyntheticDataset, SYNTHETIC_COUNTS } from './synthetic.ts';

const contentsOf = (folder: string): [string, string][] =>
  namesBelow(folder)
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]);

describe('the synthetic set', () => {
  it('is drawn the same twice, also by two at once, is balanced, marked, and replaced if incomplete', async () => {
    const root = temporaryFolder();
    const folder = join(root, 'cache', 'synthetic');
    const calls: [number, number][] = [];
    await Promise.all([
      drawSyntheticDataset(folder, (done, total) => calls.push([done, total])),
      drawSyntheticDataset(folder),
    ]);
    const contents = contentsOf(folder);
    expect(readdirSync(join(root, 'cache'))).toEqual(['synthetic']);
    expect(calls.length).toBe(768);
    expect(calls.at(-1)).toEqual([768, 768]);

    const dataset = readDataset(folder);
    expect(dataset.synthetic).toBe(true);
    expect(dataset.name).toMatch(/^synthetic .*not photographs/);
    expect(dataset.classes).toHaveLength(24);
    for (const split of SPLITS) {
      for (const label of dataset.classes.keys()) {
        const examples = dataset.splits[split].filter((example) => example.label === label);
        expect(examples).toHaveLength(SYNTHETIC_COUNTS[split]);
      }
    }
    expect(readFileSync(join(folder, 'README.txt'), 'utf8')).toMatch(/NOT photographs/);

    // No picture occurs twice: a picture in two splits would make the test easy.
    const hashes = contentsOf(join(folder, 'calibrated')).map(([, hash]) => hash);
    expect(new Set(hashes).size).toBe(768);
    const sizes = await Promise.all(
      dataset.splits.val.slice(0, 20).map(async ({ file }) => {
        const { width, height, format } = await sharp(file).metadata();
        expect(format).toBe('jpeg');
        return `${width}x${height}`;
      }),
    );
    expect(new Set(sizes).size).toBeGreaterThan(5);

    // Whole: left alone. Incomplete: drawn again, to the same bytes.
    const before = statSync(folder).ino;
    await drawSyntheticDataset(folder, () => expect.unreachable('it is there already'));
    expect(statSync(folder).ino).toBe(before);
    rmSync(join(folder, 'calibrated', 'synthetic-0000.jpg'));
    await drawSyntheticDataset(folder);
    expect(contentsOf(folder)).toEqual(contents);
  });

  it('leaves nothing behind when it cannot be written or is interrupted', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'file'), '');
    const error = await failureOf(() => drawSyntheticDataset(join(root, 'file', 'synthetic')));
    expect(error.code).toBe('storage');
    expect(error.problem.found).toBe('a file where a folder should be');

    const stop = new Error('stop');
    await expect(
      drawSyntheticDataset(join(root, 'synthetic'), (done) => {
        if (done === 3) throw stop;
      }),
    ).rejects.toBe(stop);
    expect(readdirSync(root)).toEqual(['file']);
  });
});

describe('locateDataset', () => {
  let env: Record<string, string>;
  beforeAll(() => {
    env = {};
  });

  it('takes --data, then MSL_IMAGES, then msl-images/', async () => {
    const root = temporaryFolder();
    const [given, named, downloaded] = [join(root, 'given'), join(root, 'named'), join(root, 'msl-images')];
    for (const folder of [given, named, downloaded]) mkdirSync(folder);
    writeFileSync(join(downloaded, 'train-calibrated-shuffled.txt'), '');
    const MSL_IMAGES = named;
    expect(await locateDataset({ root, env: { MSL_IMAGES }, data: given })).toEqual({
      directory: given,
      source: '--data',
    });
    expect(await locateDataset({ root, env: { MSL_IMAGES } })).toEqual({
      directory: named,
      source: 'MSL_IMAGES',
    });
    for (const none of [env, { MSL_IMAGES: '' }]) {
      expect(await locateDataset({ root, env: none })).toEqual({
        directory: downloaded,
        source: 'msl-images',
      });
    }
  });

  it('never replaces a folder that was asked for', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'file'), '');
    for (const name of ['missing', 'file']) {
      const data = join(root, name);
      const byOption = await failureOf(() => locateDataset({ root, env, data }));
      expect([byOption.code, byOption.problem.where]).toEqual(['dataset', '--data']);
      expect(byOption.problem.found).toContain(data);
      const byVariable = await failureOf(() => locateDataset({ root, env: { MSL_IMAGES: data } }));
      expect(byVariable.problem.where).toBe('MSL_IMAGES');
    }
    expect((await failureOf(() => locateDataset({ root, env, data: '' }))).problem.found).toBe(
      'an empty name',
    );
    expect(readdirSync(root)).toEqual(['file']);
  });

  it('takes the synthetic set where msl-images/ holds no lists', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'msl-images'));
    writeFileSync(join(root, 'msl-images', 'README.md'), '');
    const { directory, source } = await locateDataset({ root, env });
    expect([directory, source]).toEqual([join(root, '.cache', 'synthetic'), 'synthetic']);
    expect(readdirSync(directory)).toContain(SYNTHETIC_MARKER);
  });
});
