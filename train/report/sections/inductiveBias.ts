/** What convolution assumes of images, measured: by moving them, by permuting their pixels, and in what was learnt. */

import { chart } from '../../../chart/chart.ts';
import { decodeImage } from '../../../runtime/decode.ts';
import type { Figure } from '../../document/figure.ts';
import { paragraphs, show } from '../../document/section.ts';
import { finishedVariants, type ReportContext, type WriteSection } from '../context.ts';
import { receptiveFields } from '../figures/effectiveField.ts';
import { featureMaps } from '../figures/featureMaps.ts';
import { firstLayerFilters } from '../figures/firstLayerFilters.ts';
import { type PermutedPair, permutationChart, permutationPoints } from '../figures/permutation.ts';
import { effectMaps, receptiveFieldChart } from '../figures/receptiveField.ts';
import { shiftChart } from '../figures/shifts.ts';

interface Part {
  readonly heading: string;
  readonly text: string;
  readonly figure: Figure;
  readonly description: string;
}

type WritePart = (context: ReportContext) => Promise<readonly Part[]>;

const parts: readonly WritePart[] = [moved, permuted, filters, maps, fields];

export const inductiveBiasSection: WriteSection = async (context) => {
  const written: Part[] = [];
  for (const write of parts) written.push(...(await write(context)));
  if (written.length === 0) return { markdown: '', figures: [] };
  return {
    markdown: paragraphs(
      '## Inductive bias',
      ...written.flatMap(({ heading, text, figure, description }) => [
        ...(heading === '' ? [] : [`### ${heading}`]),
        text,
        show(figure.file, description),
      ]),
    ),
    figures: written.map(({ figure }) => figure),
  };
};

async function moved(context: ReportContext): Promise<readonly Part[]> {
  const variants = finishedVariants(context);
  const points = context.numbers.shifts.filter(({ variant }) => variants.includes(variant));
  if (points.length === 0) return [];
  return [
    {
      heading: 'Moved images',
      text: "Test images moved by some pixels of the network's input to the right, left, down and up, the edge repeated where nothing was seen: the accuracy, and the share of images that are called what they were called unmoved. Mean over directions and seeds; the band goes from the lowest seed to the highest.",
      figure: { file: '07a-shifts.svg', content: await chart(shiftChart(points)) },
      description: 'Accuracy and consistency as test images are moved',
    },
  ];
}

async function permuted({ study }: ReportContext): Promise<readonly Part[]> {
  const isPermuted = (variant: string) => study.study.variants[variant]?.options['permutePixels'] === true;
  const pairs = study.study.experiments.flatMap(({ factor, variants }): PermutedPair[] => {
    const [plain, other] = [variants.find((name) => !isPermuted(name)), variants.find(isPermuted)];
    return factor === 'permutePixels' && plain !== undefined && other !== undefined
      ? [{ plain, permuted: other }]
      : [];
  });
  const points = permutationPoints(study, pairs);
  if (points.every(({ pixels }) => pixels === 'in their order')) return [];
  return [
    {
      heading: 'Permuted pixels',
      text: 'The same networks trained and tested on images whose pixels are all in one random order, the same for every image. Nothing is lost by that except which pixels are neighbours.',
      figure: { file: '07b-permuted-pixels.svg', content: await chart(permutationChart(points)) },
      description: 'Test accuracy with the pixels in their order and permuted',
    },
  ];
}

async function filters({ kept }: ReportContext): Promise<readonly Part[]> {
  if (kept.length === 0) return [];
  return [
    {
      heading: 'Learnt filters',
      text: 'Weights of the first layer as colours, grey for zero: filters of the convolutions, and units of the dense network, which have a weight for every pixel.',
      figure: { file: '07c-first-layer.svg', content: await firstLayerFilters(kept) },
      description: `First-layer weights of ${kept.map(({ variant }) => variant).join(', ')}`,
    },
  ];
}

/** Shows an image of the data set: not where images are left out. */
async function maps({ kept, images }: ReportContext): Promise<readonly Part[]> {
  const [example] = images?.splits.test ?? [];
  const convolutional = kept.find(({ model }) => model.layers.some(({ kind }) => kind === 'conv2d'));
  if (example === undefined || convolutional === undefined || images === undefined) return [];
  return [
    {
      heading: 'Feature maps',
      text: `What \`${convolutional.variant}\` makes of the first test image, labelled \`${images.classes[example.label]}\`: the most active channels after each block, from 0 to their own maximum.`,
      figure: {
        file: '07d-feature-maps.svg',
        content: await featureMaps(convolutional, await decodeImage(example.file)),
      },
      description: 'An image and its feature maps after each block',
    },
  ];
}

async function fields({ kept }: ReportContext): Promise<readonly Part[]> {
  const found = (await Promise.all(kept.map(receptiveFields))).flat();
  if (found.length === 0) return [];
  return [
    {
      heading: 'Receptive fields',
      text: "The side of the square of input pixels that a unit in the middle of each convolution's output can depend on, in theory, and of the squares that hold 50 % and 95 % of its gradient with respect to the pixels, on noise images ([Luo et al. 2016](https://arxiv.org/abs/1701.04128)).",
      figure: { file: '07e-receptive-fields.svg', content: await chart(receptiveFieldChart(found)) },
      description: 'Theoretical and effective receptive fields by layer',
    },
    {
      heading: '',
      text: 'Where the gradient of the last convolution comes from; the squares hold 50 % and 95 % of it.',
      figure: { file: '07f-effective-fields.svg', content: await effectMaps(found) },
      description: 'Effective receptive fields of the last convolutions',
    },
  ];
}
