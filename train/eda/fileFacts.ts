/** Sizes, channels and bytes of the files. */
import { ticks } from 'd3-array';
import { bySplit } from '../data/listing.ts';
import type { Observation } from './observe.ts';
import type { Eda } from './schema.ts';
import { countByKey, countBySplit, histogramOf, summarise } from './summarise.ts';

export function fileFacts(images: readonly Observation[]): Eda['files'] {
  const kilobytes = ({ bytes }: Observation) => bytes / 1000;
  const largest = images.reduce((most, image) => Math.max(most, kilobytes(image)), 0);
  // Edges that a reader can name, the last one at the largest file or beyond it.
  const [first = 0, second = 1] = ticks(0, largest, 30);
  const step = second - first;
  const bins = Math.max(1, Math.ceil(largest / step));
  return {
    dimensions: countByKey(images, ({ width, height }) => `${width}x${height}`).map(({ first, images }) => ({
      width: first.width,
      height: first.height,
      images,
    })),
    width: summarise(images.map(({ width }) => width)),
    height: summarise(images.map(({ height }) => height)),
    bytes: bySplit((split) =>
      summarise(images.filter((image) => image.split === split).map(({ bytes }) => bytes)),
    ),
    kilobytes: histogramOf(images, kilobytes, { low: 0, high: step * bins, bins }),
    channels: countByKey(images, ({ channels }) => channels).map(({ key, images }) => ({
      channels: key,
      images,
    })),
    greyInColour: countBySplit(images.filter(({ channels, chroma }) => channels > 2 && chroma === 0)),
  };
}
