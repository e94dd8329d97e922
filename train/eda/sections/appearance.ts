import { chart } from '../../../chart/chart.ts';
import { normalization } from '../../../export/preprocess.ts';
import { SPLITS } from '../../data/listing.ts';
import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { decimal } from '../../document/wording.ts';
import { brightnessByClass } from '../figures/brightnessByClass.ts';
import { histograms } from '../figures/histograms.ts';
import type { Summary } from '../schema.ts';
import type { WriteSection } from './section.ts';

export const appearanceSection: WriteSection = async (eda, pictures) => {
  const { splits, classes, brightness, saturation, channels } = eda.appearance;
  const figures = [
    {
      file: '06-brightness-and-saturation.svg',
      content: await chart(
        histograms('Share of each split by brightness and by saturation.', [
          { histogram: brightness, title: 'Brightness (luma, 0 to 255)' },
          { histogram: saturation, title: 'Saturation (0 to 1)' },
        ]),
      ),
    },
    { file: '07-brightness-by-class.svg', content: await chart(brightnessByClass(eda)) },
    ...(pictures === null ? [] : [{ file: '08-preprocessing.svg', content: pictures.preprocessing }]),
  ];
  const bySplits = markdownTable(
    ['Split', 'brightness', 'contrast', 'saturation'],
    SPLITS.map((split) => [
      split,
      spread(splits[split].brightness, 1),
      spread(splits[split].contrast, 1),
      spread(splits[split].saturation, 3),
    ]),
    { align: ['left', 'right', 'right', 'right'] },
  );
  const byClasses = markdownTable(
    ['Class', ...SPLITS.map((split) => `luma ${split}`), ...SPLITS.map((split) => `sat. ${split}`)],
    classes.map(({ name, splits }) => [
      name,
      ...SPLITS.map((split) => spread(splits[split]?.brightness, 0)),
      ...SPLITS.map((split) => splits[split]?.saturation.mean.toFixed(2) ?? ''),
    ]),
    { align: ['left', 'right', 'right', 'right', 'right', 'right', 'right'] },
  );
  const normalise = (value: number) => (value / 255 - normalization.mean) / normalization.std;
  const pixels = markdownTable(
    ['Split', 'Values', 'red', 'green', 'blue'],
    SPLITS.flatMap((split) => {
      const { mean, sd } = channels[split];
      const stored = mean.map((value, i) => `${value.toFixed(1)} ± ${(sd[i] ?? 0).toFixed(1)}`);
      const scaled = mean.map(
        (value, i) => `${decimal(normalise(value))} ± ${decimal((sd[i] ?? 0) / 255 / normalization.std)}`,
      );
      return [
        [split, '0 to 255', ...stored],
        [split, 'normalised', ...scaled],
      ];
    }),
    { align: ['left', 'left', 'right', 'right', 'right'] },
  );
  return {
    markdown: paragraphs(
      '## Brightness and colour',
      'Mean ± standard deviation over the images. Brightness is the mean luma of an image and contrast its standard deviation within the image, both from 0 to 255; saturation is from 0 to 1.',
      bySplits,
      show('06-brightness-and-saturation.svg', 'Share of each split by brightness and by saturation'),
      show(
        '07-brightness-by-class.svg',
        'Mean brightness of each class in each split, with its standard deviation',
      ),
      'Of each class, brightness (luma) and mean saturation (sat.):',
      byClasses,
      '## Preprocessing',
      `Every exported model resizes images to its input and normalises them, (p / 255 − ${normalization.mean}) / ${normalization.std}, whatever the data set. Mean ± standard deviation of the pixels, each image counting the same:`,
      pixels,
      pictures &&
        'Of each split the first image of its most frequent class, as decoded, resized by the graph that is part of the model, and normalised (of 64x64):',
      pictures && show('08-preprocessing.svg', 'Images as they are decoded, resized and normalised'),
    ),
    figures,
  };
};

function spread(summary: Summary | null | undefined, digits: number): string {
  if (!summary) return '';
  const { mean, sd } = summary;
  return sd === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`;
}
