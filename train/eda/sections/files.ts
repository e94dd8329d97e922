import { chart } from '../../../chart/chart.ts';
import { SPLITS } from '../../data/listing.ts';
import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { counted, whole } from '../../document/wording.ts';
import { histograms } from '../figures/histograms.ts';
import type { Counts } from '../schema.ts';
import type { WriteSection } from './section.ts';

/** Sizes that are listed one by one. */
const listedSizes = 10;

export const fileSection: WriteSection = async ({ files, unreadable }) => {
  const { dimensions, bytes, channels, greyInColour } = files;
  const figure = {
    file: '03-file-sizes.svg',
    content: await chart(
      histograms('Share of each split by file size.', [
        { histogram: files.kilobytes, title: 'File size (kB, 1,000 bytes)' },
      ]),
    ),
  };
  const rows = (items: readonly { readonly name: string; readonly images: Counts }[]) =>
    items.map(({ name, images }) => [name, ...SPLITS.map((split) => whole(images[split]))]);
  const others = dimensions.slice(listedSizes);
  const sizes = markdownTable(
    ['Width x height', ...SPLITS],
    rows(
      dimensions
        .slice(0, listedSizes)
        .map(({ width, height, images }) => ({ name: `${width}x${height}`, images })),
    ),
    { align: ['left', 'right', 'right', 'right'] },
  );
  const kinds = markdownTable(
    ['Channels of the file', ...SPLITS],
    rows(
      channels
        .map(({ channels, images }) => ({ name: channelNames[channels] ?? `${channels}`, images }))
        .concat({
          name: 'of those in colour, grey in every pixel',
          images: greyInColour,
        }),
    ),
    { align: ['left', 'right', 'right', 'right'] },
  );
  const weights = markdownTable(
    ['File size, bytes', 'least', 'median', 'mean', 'sd', 'most'],
    SPLITS.map((split) => {
      const { least, median, mean, sd, most } = bytes[split];
      return [split, ...[least, median, mean].map(whole), sd === null ? '' : whole(sd), whole(most)];
    }),
    { align: ['left', 'right', 'right', 'right', 'right', 'right'] },
  );
  return {
    markdown: paragraphs(
      '## Files',
      `The images have ${counted(dimensions.length, 'size')}${others.length > 0 ? `; the ${listedSizes} most frequent` : ''}:`,
      sizes,
      kinds,
      weights,
      show(figure.file, 'Share of each split by file size'),
      unreadable.length > 0 ? 'These images cannot be read:' : null,
      unreadable.length > 0
        ? markdownTable(
            ['File', 'Split', 'Class', 'Found'],
            unreadable.map((image) => [image.file, image.split, image.class, image.reason]),
          )
        : null,
    ),
    figures: [figure],
  };
};

/** As PNG and JPEG count them. */
const channelNames: Readonly<Record<number, string>> = {
  1: '1 (grey)',
  2: '2 (grey, transparent)',
  3: '3 (colour)',
  4: '4 (colour, transparent)',
};
