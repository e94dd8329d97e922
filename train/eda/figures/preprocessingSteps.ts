/** What happens to an image before the network sees it, step by step. */
import { rollups } from 'd3-array';
import { figureWidth } from '../../../chart/theme.ts';
import type { Dataset, Example } from '../../data/dataset.ts';
import { SPLITS } from '../../data/listing.ts';
import { openPreprocessing } from '../../preprocess.ts';
import { drawing } from './drawing.ts';
import { colourBar, falseColours, histogram, histogramLegend } from './normalisedValues.ts';
import { type Box, firstReadable, photograph, pixelated, textElement } from './pictures.ts';

const steps = [
  { title: 'decoded', note: 'sRGB, 8 bits' },
  { title: 'resized to 128x128', note: 'antialiased' },
  { title: 'resized to 64x64', note: 'antialiased' },
  { title: 'normalised', note: 'mean of the channels' },
  { title: 'normalised', note: 'histogram by channel' },
];
const gap = 12;
const edge = (figureWidth - gap * (steps.length + 1)) / steps.length;
const headHeight = 40;
const captionHeight = 26;
const footHeight = 30;

/**
 * Pictures how images reach the network: decoded; resized to 128x128 and 64x64 by the preprocessing graph that is part
 * of every exported model; the 64x64 values normalised, as false colours and as histograms. Of each split it takes the
 * first readable image of the split's most frequent class.
 *
 * @returns an SVG document for light and dark pages, {@link figureWidth} wide, with the images in it
 */
export async function preprocessingSteps(dataset: Dataset): Promise<string> {
  const larger = await openPreprocessing({ height: 128, width: 128 });
  const smaller = await openPreprocessing({ height: 64, width: 64 });
  const elements = steps.flatMap(({ title, note }, column) => [
    textElement(title, left(column), 18, { bold: true }),
    textElement(note, left(column), 33, { size: 11, colour: 'muted' }),
  ]);
  let y = headHeight;
  for (const split of SPLITS) {
    const { label, files } = mostFrequent(dataset.splits[split]);
    const found = await firstReadable(files);
    if (found === undefined) continue;
    const { image } = found;
    const box = (column: number): Box => ({ x: left(column), y, width: edge, height: edge });
    const large = { width: 128, height: 128, data: await larger.preprocess(image) };
    const small = { width: 64, height: 64, data: await smaller.preprocess(image) };
    const size = `${image.width}x${image.height}`;
    const caption = y + edge + 15;
    elements.push(
      await photograph(image, box(0)),
      await pixelated(large, box(1)),
      await pixelated(small, box(2)),
      await pixelated(falseColours(small), box(3)),
      histogram(small, box(4)),
      textElement(`${split}: ${dataset.classes[label] ?? ''}, ${size}`, left(0), caption, { size: 11 }),
    );
    y += edge + captionHeight;
  }
  const legend = (column: number): Box => ({ x: left(column), y, width: edge, height: 10 });
  elements.push(await colourBar(legend(3)), histogramLegend(legend(4)));
  return drawing(elements, {
    width: figureWidth,
    height: y + footHeight,
    description: 'Images as they are decoded, resized to 128x128 and 64x64, and normalised.',
  });
}

function left(column: number): number {
  return gap + column * (edge + gap);
}

/** Of equally frequent labels the one that is listed first. */
function mostFrequent(examples: readonly Example[]): { label: number; files: string[] } {
  const groups = rollups(
    examples,
    (members) => members.map(({ file }) => file),
    ({ label }) => label,
  );
  const [label, files] = groups.reduce((most, item) => (item[1].length > most[1].length ? item : most));
  return { label, files };
}
