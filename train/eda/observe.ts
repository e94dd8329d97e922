/** All images of a data set, each decoded once: what every number of the report is computed from. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { relative, sep } from 'node:path';
import sharp from 'sharp';
import { AreographError } from '../../dsl/errors.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { type Dataset, SPLITS, type Split } from '../data/dataset.ts';
import { type MarsName, parseMarsName } from '../data/marsName.ts';
import { forEachParallel } from '../data/parallel.ts';
import { perceptualHash } from './perceptualHash.ts';
import { type PixelStatistics, pixelStatistics } from './pixelStatistics.ts';

export interface Observation extends PixelStatistics {
  /** Relative to the data set's folder, with `/`. */
  readonly file: string;
  readonly split: Split;
  readonly label: number;
  /** Of the file. */
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  /** As the file has them: 1 is a grey image. */
  readonly channels: number;
  readonly hash: Uint32Array;
  /** Undefined if the name follows no convention that is known. */
  readonly name: MarsName | undefined;
}

/** An image that cannot be read, and why. */
export interface BadImage {
  readonly file: string;
  readonly split: Split;
  readonly label: number;
  readonly reason: string;
}

export interface Observations {
  /** In the order of the splits and, within them, of their lists. */
  readonly images: readonly Observation[];
  readonly bad: readonly BadImage[];
}

/** Decodes and measures all images; those that cannot be read are named, the others measured. */
export async function observe(
  dataset: Dataset,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Observations> {
  const listed = SPLITS.flatMap((split) => dataset.splits[split].map((example) => ({ ...example, split })));
  const outcomes = new Array<Observation | BadImage>(listed.length);
  let done = 0;
  await forEachParallel(listed, availableParallelism() + 1, async ({ file, label, split }, index) => {
    const place = { file: relative(dataset.directory, file).split(sep).join('/'), split, label };
    try {
      outcomes[index] = { ...place, ...(await measure(file)), name: parseMarsName(file) };
    } catch (error) {
      if (!(error instanceof AreographError)) throw error;
      outcomes[index] = { ...place, reason: error.problem.found };
    }
    done += 1;
    onProgress(done, listed.length);
  });
  return {
    images: outcomes.filter((outcome) => 'hash' in outcome),
    bad: outcomes.filter((outcome) => 'reason' in outcome),
  };
}

async function measure(file: string): Promise<Omit<Observation, 'file' | 'split' | 'label' | 'name'>> {
  const bytes = await readFile(file);
  const image = await decodeImage(bytes);
  const { channels } = await sharp(bytes).metadata();
  return {
    ...pixelStatistics(image),
    bytes: bytes.length,
    width: image.width,
    height: image.height,
    channels,
    hash: await perceptualHash(image),
  };
}
