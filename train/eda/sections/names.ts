import { chart } from '../../../chart/chart.ts';
import { SPLITS } from '../../data/listing.ts';
import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { counted, whole } from '../../document/wording.ts';
import { instruments } from '../figures/instruments.ts';
import { sols } from '../figures/sols.ts';
import type { WriteSection } from './section.ts';

export const nameSection: WriteSection = async ({ names }) => {
  const heading = '## Sols and instruments';
  if (names === null) {
    const markdown = `${heading}\n\nThe names of the files are not those of products of the rover's cameras, so there is nothing to say of sols, instruments and exposures.`;
    return { markdown, figures: [] };
  }
  const figures = [
    { file: '04-sols.svg', content: await chart(sols(names.solHistogram)) },
    { file: '05-instruments.svg', content: await chart(instruments(names.instruments)) },
  ];
  const { number, repeated, repeatedImages, acrossSplits } = names.exposures;
  const days = markdownTable(
    ['Split', 'first sol', 'last sol', 'sols with images'],
    SPLITS.map((split) => {
      const found = names.sols[split];
      return [split, ...(found ? [found.first, found.last, found.days].map(whole) : ['', '', '0'])];
    }),
    { align: ['left', 'right', 'right', 'right'] },
  );
  const cameras = markdownTable(
    ['Instrument', ...SPLITS],
    names.instruments.map(({ instrument, images }) => [
      instrument,
      ...SPLITS.map((split) => whole(images[split])),
    ]),
    { align: ['left', 'right', 'right', 'right'] },
  );
  return {
    markdown: paragraphs(
      heading,
      "From the files' names, by the convention of the Planetary Data System for products of Mastcam, MAHLI and MARDI.",
      names.unnamed > 0 ? `${counted(names.unnamed, 'image')} with other names left out.` : null,
      days,
      show('04-sols.svg', 'Number of images by Martian day'),
      cameras,
      show('05-instruments.svg', 'Share of each instrument in train, val and test'),
      `There are ${counted(number, 'exposure')}; of ${whole(repeated)} there are several images, ${whole(repeatedImages)} in all, such as the whole image and its thumbnail. ${acrossSplits === 0 ? 'No exposure has' : counted(acrossSplits, 'exposure has', 'exposures have')} images in more than one split.`,
    ),
    figures,
  };
};
