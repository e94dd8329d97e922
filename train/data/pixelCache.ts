import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { AreographError } from '../../dsl/errors.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { isImageError, type RgbImage } from '../../runtime/image.ts';
import type { Dataset, Example, Split } from './dataset.ts';
import { asStorageError, discard, removeAbandoned, syncFolder, temporaryName } from './disk.ts';
import { forEachParallel } from './parallel.ts';
import type { Pixels } from './pixels.ts';
import { projectRoot } from './projectRoot.ts';

export interface PixelCacheOptions {
  readonly dataset: Dataset;
  readonly split: Split;
  /** Height and width of a stored image, in pixels. */
  readonly size: number;
  /** Names the preprocessing, such as a hash of its graph: with another key the cache is made again. */
  readonly key: string;
  /** Makes the `size * size * 3` bytes to store from a decoded image. */
  readonly preprocess: (image: RgbImage) => Promise<Uint8Array>;
  /**
   * Default: what the variable AREOGRAPH_CACHE says, else `.cache/pixels` in the project; the data set's own folder
   * may be read-only.
   */
  readonly cacheDirectory?: string;
  /** Told the images done so far; never called if the cache is there already. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Images in work at once. Default: two per core, so that one is decoded while another is stored. */
  readonly concurrency?: number;
}

/** The images of one split, decoded and preprocessed, on disk: uint8 `[count, size, size, 3]`. */
export interface PixelCache extends Pixels {
  /** Memory does not grow with the data set: only what is asked for is read. */
  read(indices: ArrayLike<number>, out: Uint8Array): void;
  close(): void;
}

const VERSION = 1;
const manifestSchema = z.object({
  version: z.literal(VERSION),
  key: z.string(),
  size: z.int().positive(),
  /** Per image, in order: name relative to the data set, bytes, time of change in milliseconds. */
  sources: z.array(z.tuple([z.string(), z.number(), z.number()])),
  /** Of the pixel file, in hex. */
  sha256: z.string(),
});
type Manifest = z.infer<typeof manifestSchema>;

/**
 * Opens the cached pixels of a split, decoding every image first if there is no cache, or if a source file,
 * the list, the size or the key has changed, or if the cache is damaged (its checksum is taken at each open).
 *
 * There is one cache per data set folder, split and size; a new one replaces the old in one step, so that an
 * interrupted build leaves the old one, or none.
 *
 * @throws AreographError `image` if images cannot be decoded (the first is named, the others counted), after
 *   all were tried; `storage` if the disk is full or not writable
 */
export async function openPixelCache(options: PixelCacheOptions): Promise<PixelCache> {
  const { dataset, split, size, key } = options;
  const examples = dataset.splits[split];
  const folder =
    options.cacheDirectory ?? process.env['AREOGRAPH_CACHE'] ?? join(projectRoot, '.cache', 'pixels');
  const file = join(folder, cacheName(dataset.directory, split, size));
  const imageBytes = size * size * 3;
  const wanted = { version: VERSION, key, size, sources: sourcesOf(dataset, examples) } as const;

  const handle =
    openIfCurrent(file, wanted, examples.length * imageBytes) ??
    (await build(file, wanted, imageBytes, options));
  return new OpenPixelCache(
    file,
    handle,
    imageBytes,
    Int32Array.from(examples, ({ label }) => label),
  );
}

class OpenPixelCache implements PixelCache {
  readonly #file: string;
  readonly imageBytes: number;
  readonly labels: Int32Array;
  #handle: number | undefined;

  constructor(file: string, handle: number, imageBytes: number, labels: Int32Array) {
    this.#file = file;
    this.#handle = handle;
    this.imageBytes = imageBytes;
    this.labels = labels;
  }

  get count(): number {
    return this.labels.length;
  }

  read(indices: ArrayLike<number>, out: Uint8Array): void {
    if (this.#handle === undefined) throw new Error(`${this.#file} was closed`);
    const { imageBytes, count } = this;
    if (out.length !== indices.length * imageBytes) {
      throw new RangeError(
        `expected ${indices.length} x ${imageBytes} bytes for ${indices.length} images, found ${out.length}`,
      );
    }
    for (let position = 0; position < indices.length; position++) {
      const index = indices[position];
      if (index === undefined || !Number.isInteger(index) || index < 0 || index >= count) {
        throw new RangeError(`expected the position of an image, 0 to ${count - 1}, found ${index}`);
      }
      const read = readSync(this.#handle, out, position * imageBytes, imageBytes, index * imageBytes);
      if (read !== imageBytes) throw shortened(this.#file, imageBytes, read);
    }
  }

  close(): void {
    if (this.#handle === undefined) return;
    closeSync(this.#handle);
    this.#handle = undefined;
  }
}

function cacheName(directory: string, split: Split, size: number): string {
  const place = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  return `${basename(directory).slice(0, 40)}-${place}-${split}-${size}.u8`;
}

const manifestOf = (file: string): string => `${file}.json`;

function sourcesOf(dataset: Dataset, examples: readonly Example[]): Manifest['sources'] {
  return examples.map(({ file }) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    // A file that went away since the data set was read is reported by its decoding.
    return [relative(dataset.directory, file), stats?.size ?? -1, stats?.mtimeMs ?? -1];
  });
}

/** An open handle on the pixels, or undefined if they have to be made. */
function openIfCurrent(file: string, wanted: Omit<Manifest, 'sha256'>, bytes: number): number | undefined {
  let handle: number | undefined;
  try {
    const { sha256, ...stored } = manifestSchema.parse(JSON.parse(readFileSync(manifestOf(file), 'utf8')));
    if (JSON.stringify(stored) !== JSON.stringify(wanted)) return undefined;
    handle = openSync(file, 'r');
    if (fstatSync(handle).size === bytes && checksum(handle) === sha256) return handle;
  } catch {
    // Not there, or damaged: made again either way.
  }
  if (handle !== undefined) closeSync(handle);
  return undefined;
}

async function build(
  file: string,
  wanted: Omit<Manifest, 'sha256'>,
  imageBytes: number,
  options: PixelCacheOptions,
): Promise<number> {
  const bytes = options.dataset.splits[options.split].length * imageBytes;
  const temporary = temporaryName(file);
  const temporaryManifest = temporaryName(manifestOf(file));
  let handle: number | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true });
    removeAbandoned(file);
    removeAbandoned(manifestOf(file));
    requireSpace(file, bytes);
    handle = openSync(temporary, 'wx+');
    await storeImages(handle, imageBytes, options);
    fsyncSync(handle);
    const manifest: Manifest = { ...wanted, sha256: checksum(handle) };
    writeFileSync(temporaryManifest, JSON.stringify(manifest), { flush: true });
    // Between the two renames the checksum does not fit: a crash there means another build, not wrong pixels.
    renameSync(temporary, file);
    renameSync(temporaryManifest, manifestOf(file));
    syncFolder(dirname(file));
    return handle;
  } catch (error) {
    if (handle !== undefined) closeSync(handle);
    discard(temporary);
    discard(temporaryManifest);
    throw asStorageError(
      error,
      file,
      bytes,
      'Free some space there, or name another folder in AREOGRAPH_CACHE.',
    );
  }
}

/** Fails before the minutes of decoding rather than after them. */
function requireSpace(file: string, bytes: number): void {
  const { blocks, bavail, bsize } = statfsSync(dirname(file));
  // Some network file systems count no blocks at all; there the writing shows.
  if (blocks === 0 || bavail * bsize >= bytes) return;
  throw new AreographError({
    code: 'storage',
    where: file,
    expected: `room to write ${bytes} bytes`,
    found: `${bavail * bsize} bytes free`,
    next: 'Free some space there, or name another folder in AREOGRAPH_CACHE.',
  });
}

/** Decodes, preprocesses and writes every image at its place; images finish in any order. */
async function storeImages(handle: number, imageBytes: number, options: PixelCacheOptions): Promise<void> {
  const { preprocess, onProgress, concurrency = 2 * availableParallelism() } = options;
  const examples = options.dataset.splits[options.split];
  const unreadable = new Map<number, AreographError>();
  let done = 0;
  await forEachParallel(examples, concurrency, async ({ file }, index) => {
    try {
      const pixels = await preprocess(await decodeImage(file));
      if (pixels.length !== imageBytes) {
        throw new RangeError(`preprocess gave ${pixels.length} bytes for an image, not ${imageBytes}`);
      }
      writeFully(handle, pixels, index * imageBytes);
    } catch (error) {
      if (!isImageError(error)) throw error;
      unreadable.set(index, error);
    }
    onProgress?.(++done, examples.length);
  });

  const first = unreadable.get(Math.min(...unreadable.keys()));
  if (!first) return;
  const others = unreadable.size - 1;
  throw new AreographError(
    {
      ...first.problem,
      found: first.problem.found + (others > 0 ? `; ${others} other images cannot be read either` : ''),
    },
    { cause: first },
  );
}

function writeFully(handle: number, bytes: Uint8Array, position: number): void {
  // A write may be cut short, by a full disk above all; the rest then says why.
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(handle, bytes, written, bytes.length - written, position + written);
  }
}

function checksum(handle: number): string {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(1 << 22);
  for (let position = 0; ; ) {
    const read = readSync(handle, buffer, 0, buffer.length, position);
    if (read === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, read));
    position += read;
  }
}

function shortened(file: string, expected: number, found: number): AreographError {
  return new AreographError({
    code: 'storage',
    where: file,
    expected: `${expected} bytes of an image`,
    found: `${found}`,
    next: 'The file was cut short while it was in use. Start again; it is made anew.',
  });
}
