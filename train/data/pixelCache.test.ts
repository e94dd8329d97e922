import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RgbImage } from '../../runtime/image.ts';
import { type Dataset, readDataset } from './dataset.ts';
import { failureOf, greyPng, listedFiles, temporaryFolder, writeFiles } from './fixtures.ts';
import { openPixelCache, type PixelCacheOptions } from './pixelCache.ts';

// The disk fills up after this many bytes have been written.
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY, free: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return {
    ...fs,
    statfsSync: (path: string) => ({ ...fs.statfsSync(path), bsize: 1, bavail: disk.free }),
    writeSync: (handle: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      disk.room -= length;
      if (disk.room < 0) throw Object.assign(new Error('write'), { code: 'ENOSPC' });
      // Half of what was asked for, as the system may.
      return fs.writeSync(handle, bytes, offset, Math.ceil(length / 2), position);
    },
  };
});
afterEach(() => {
  disk.room = Number.POSITIVE_INFINITY;
  disk.free = Number.POSITIVE_INFINITY;
});

const SIZE = 4;
const BYTES = SIZE * SIZE * 3;

async function tinyDataset(): Promise<Dataset> {
  const folder = join(temporaryFolder(), 'tiny');
  writeFiles(folder, await listedFiles({ train: 7, val: 2, test: 2 }));
  return readDataset(folder);
}

/** Crops to 4 x 4, and counts how often it is asked. */
function crop() {
  return vi.fn(async (image: RgbImage) => {
    const raw = { width: image.width, height: image.height, channels: 3 } as const;
    return new Uint8Array(
      await sharp(image.data, { raw })
        .extract({ left: 0, top: 0, width: SIZE, height: SIZE })
        .raw()
        .toBuffer(),
    );
  });
}

function optionsFor(dataset: Dataset, more: Partial<PixelCacheOptions> = {}) {
  const cacheDirectory = join(dataset.directory, '..', 'cache');
  return {
    dataset,
    split: 'train',
    size: SIZE,
    key: 'crop',
    preprocess: crop(),
    cacheDirectory,
    ...more,
  } as const;
}

describe('openPixelCache', () => {
  it('stores each image at its place, whatever order they finish in, and gathers any of them', async () => {
    const dataset = await tinyDataset();
    const plain = crop();
    const preprocess = async (image: RgbImage) => {
      // The first images take longest.
      await new Promise((resolve) => setTimeout(resolve, 40 - 5 * ((image.data[0] ?? 0) - 10)));
      return plain(image);
    };
    const progress: [number, number][] = [];
    const cache = await openPixelCache(
      optionsFor(dataset, { preprocess, concurrency: 4, onProgress: (...call) => progress.push(call) }),
    );
    expect(cache).toMatchObject({ count: 7, imageBytes: BYTES });
    expect([...cache.labels]).toEqual([0, 1, 0, 1, 0, 1, 0]);
    expect(progress.map(([done]) => done)).toEqual([1, 2, 3, 4, 5, 6, 7]);

    const out = new Uint8Array(4 * BYTES);
    cache.read([6, 0, 3, 0], out);
    for (const [position, grey] of [16, 10, 13, 10].entries()) {
      expect([...out.subarray(position * BYTES, (position + 1) * BYTES)]).toEqual(Array(BYTES).fill(grey));
    }
    cache.read(Int32Array.of(5), out.subarray(0, BYTES));
    expect(out[0]).toBe(15);
    cache.read([], new Uint8Array());
    cache.close();
    cache.close();
    expect(() => cache.read([0], new Uint8Array(BYTES))).toThrow(/closed/);
  });

  it('refuses positions outside the split and buffers of another size', async () => {
    const cache = await openPixelCache(optionsFor(await tinyDataset()));
    for (const index of [-1, 7, 0.5, Number.NaN]) {
      expect(() => cache.read([index], new Uint8Array(BYTES))).toThrow(RangeError);
    }
    for (const length of [BYTES - 1, BYTES + 1]) {
      expect(() => cache.read([0], new Uint8Array(length))).toThrow(RangeError);
    }
    cache.close();
  });

  it('never has more images in work than it is allowed', async () => {
    let inWork = 0;
    let most = 0;
    const plain = crop();
    let meet = () => {};
    const bothAreThere = new Promise<void>((resolve) => {
      meet = resolve;
    });
    const preprocess = async (image: RgbImage) => {
      most = Math.max(most, ++inWork);
      // The first waits for a second: by chance alone it may be done before that is decoded.
      if (inWork === 2) meet();
      await bothAreThere;
      const pixels = await plain(image);
      inWork--;
      return pixels;
    };
    (await openPixelCache(optionsFor(await tinyDataset(), { preprocess, concurrency: 2 }))).close();
    expect(most).toBe(2);
  });

  it('decodes once, and again when anything it was made from has changed', async () => {
    const dataset = await tinyDataset();
    const first = dataset.splits.train[0]?.file ?? '';
    const { cacheDirectory } = optionsFor(dataset);
    const cacheFile = () =>
      join(cacheDirectory, readdirSync(cacheDirectory).find((name) => name.endsWith('.u8')) ?? '');
    const decoded = async (more: Partial<PixelCacheOptions> = {}) => {
      const options = optionsFor(dataset, more);
      const cache = await openPixelCache(options);
      const out = new Uint8Array(BYTES);
      cache.read([6], out);
      expect(out[0]).toBe(16);
      cache.close();
      expect(readdirSync(cacheDirectory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      return vi.mocked(options.preprocess).mock.calls.length;
    };
    expect(await decoded()).toBe(7);
    expect(await decoded()).toBe(0);

    utimesSync(first, 1, 1);
    expect([await decoded(), await decoded()]).toEqual([7, 0]);
    writeFileSync(first, await greyPng(77, 200));
    utimesSync(first, 1, 1);
    expect([await decoded(), await decoded()]).toEqual([7, 0]);
    expect([await decoded({ key: 'other' }), await decoded({ key: 'other' })]).toEqual([7, 0]);
    expect(await decoded()).toBe(7); // One cache per split and size: the other key's was replaced.
    expect(readdirSync(cacheDirectory)).toHaveLength(2);

    const bytes = readFileSync(cacheFile());
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(cacheFile(), bytes);
    expect([await decoded(), await decoded()]).toEqual([7, 0]);
    truncateSync(cacheFile(), 7 * BYTES - 1);
    expect([await decoded(), await decoded()]).toEqual([7, 0]);
    writeFileSync(`${cacheFile()}.json`, '{"version":1');
    expect([await decoded(), await decoded()]).toEqual([7, 0]);
    rmSync(`${cacheFile()}.json`);
    expect([await decoded(), await decoded()]).toEqual([7, 0]);
    rmSync(cacheFile());
    expect([await decoded(), await decoded()]).toEqual([7, 0]);
  });

  it('is made again when the list is reordered, and gives the new labels when only those change', async () => {
    const dataset = await tinyDataset();
    (await openPixelCache(optionsFor(dataset))).close();
    const train = [...dataset.splits.train];

    const relabelled = {
      ...dataset,
      splits: { ...dataset.splits, train: train.map((e) => ({ ...e, label: 1 })) },
    };
    const same = optionsFor(relabelled);
    const cache = await openPixelCache(same);
    expect([...cache.labels]).toEqual(Array(7).fill(1));
    cache.close();
    expect(same.preprocess).not.toHaveBeenCalled();

    const reversed = { ...dataset, splits: { ...dataset.splits, train: train.reverse() } };
    const options = optionsFor(reversed);
    const again = await openPixelCache(options);
    expect(options.preprocess).toHaveBeenCalledTimes(7);
    const out = new Uint8Array(BYTES);
    again.read([0], out);
    expect(out[0]).toBe(16);
    again.close();
  });

  it('keeps splits and sizes apart', async () => {
    const dataset = await tinyDataset();
    (await openPixelCache(optionsFor(dataset))).close();
    (await openPixelCache(optionsFor(dataset, { split: 'val' }))).close();
    const small = async () => new Uint8Array(3);
    (await openPixelCache(optionsFor(dataset, { size: 1, preprocess: small }))).close();
    expect(readdirSync(optionsFor(dataset).cacheDirectory)).toHaveLength(6);
    const again = optionsFor(dataset);
    (await openPixelCache(again)).close();
    expect(again.preprocess).not.toHaveBeenCalled();
  });

  it('names the first unreadable image, counts the others, and leaves nothing', async () => {
    const dataset = await tinyDataset();
    const { cacheDirectory } = optionsFor(dataset);
    const file = (index: number) => dataset.splits.train[index]?.file ?? '';
    writeFileSync(file(5), 'no image');
    rmSync(file(2));
    writeFileSync(file(4), (await greyPng(3)).subarray(0, 60));
    const error = await failureOf(() => openPixelCache(optionsFor(dataset, { concurrency: 3 })));
    expect(error.code).toBe('image');
    expect(error.problem.where).toBe(file(2));
    expect(error.problem.found).toBe('no such file; 2 other images cannot be read either');
    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it('keeps the old cache when a new one fails', async () => {
    const dataset = await tinyDataset();
    const { cacheDirectory } = optionsFor(dataset);
    (await openPixelCache(optionsFor(dataset))).close();
    const before = readdirSync(cacheDirectory);
    const broken = new Error('preprocessing broke');
    const preprocess = () => Promise.reject(broken);
    await expect(openPixelCache(optionsFor(dataset, { key: 'new', preprocess }))).rejects.toBe(broken);
    const short = async () => new Uint8Array(BYTES - 1);
    await expect(openPixelCache(optionsFor(dataset, { key: 'new', preprocess: short }))).rejects.toThrow(
      `gave ${BYTES - 1} bytes`,
    );
    const onProgress = () => {
      throw broken;
    };
    await expect(openPixelCache(optionsFor(dataset, { key: 'new', onProgress }))).rejects.toBe(broken);
    expect(readdirSync(cacheDirectory)).toEqual(before);
    const old = optionsFor(dataset);
    (await openPixelCache(old)).close();
    expect(old.preprocess).not.toHaveBeenCalled();
  });

  it('says which file needs how many bytes when the disk is full, before or amid the work', async () => {
    const dataset = await tinyDataset();
    const { cacheDirectory } = optionsFor(dataset);
    disk.room = 3 * BYTES;
    const amid = await failureOf(() => openPixelCache(optionsFor(dataset)));
    expect(amid.code).toBe('storage');
    expect(amid.problem.where).toMatch(/tiny-[0-9a-f]{12}-train-4\.u8$/);
    expect(amid.message).toMatch(`room to write ${7 * BYTES} bytes, found a full disk`);
    expect(readdirSync(cacheDirectory)).toEqual([]);

    disk.room = Number.POSITIVE_INFINITY;
    disk.free = 7 * BYTES - 1;
    const options = optionsFor(dataset);
    const before = await failureOf(() => openPixelCache(options));
    expect(before.code).toBe('storage');
    expect(before.message).toMatch(`found ${7 * BYTES - 1} bytes free`);
    expect(options.preprocess).not.toHaveBeenCalled();
    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it('says so when the cache folder cannot be made', async () => {
    const dataset = await tinyDataset();
    const file = join(dataset.directory, 'README.txt');
    writeFileSync(file, '');
    const error = await failureOf(() =>
      openPixelCache(optionsFor(dataset, { cacheDirectory: join(file, 'x') })),
    );
    expect(error.code).toBe('storage');
  });

  it('takes nothing a killed process left for whole, and removes it', async () => {
    const dataset = await tinyDataset();
    const { cacheDirectory } = optionsFor(dataset);
    (await openPixelCache(optionsFor(dataset))).close();
    const [name = ''] = readdirSync(cacheDirectory).filter((entry) => entry.endsWith('.u8'));
    // Process ids end at 2^22 on Linux: this one does not run. Our own does.
    const abandoned = `${name}.99999999-0.tmp`;
    const inWork = `${name}.${process.pid}-999.tmp`;
    renameSync(join(cacheDirectory, name), join(cacheDirectory, abandoned));
    writeFileSync(join(cacheDirectory, inWork), '');
    const options = optionsFor(dataset);
    (await openPixelCache(options)).close();
    expect(options.preprocess).toHaveBeenCalledTimes(7);
    expect(readdirSync(cacheDirectory).sort()).toEqual([name, `${name}.json`, inWork].sort());
  });

  it('works on a data set that may not be written to', async () => {
    const dataset = await tinyDataset();
    chmodSync(dataset.directory, 0o555);
    (await openPixelCache(optionsFor(dataset))).close();
    chmodSync(dataset.directory, 0o755);
    expect(existsSync(join(dataset.directory, '.cache'))).toBe(false);
  });

  it('notices a file that is cut short while it is open', async () => {
    const dataset = await tinyDataset();
    const { cacheDirectory } = optionsFor(dataset);
    mkdirSync(cacheDirectory);
    const cache = await openPixelCache(optionsFor(dataset));
    const [name = ''] = readdirSync(cacheDirectory).filter((entry) => entry.endsWith('.u8'));
    truncateSync(join(cacheDirectory, name), 3 * BYTES);
    const error = await failureOf(() => cache.read([5], new Uint8Array(BYTES)));
    expect(error.code).toBe('storage');
    cache.close();
  });
});
