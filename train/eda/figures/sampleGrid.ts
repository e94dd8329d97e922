/** One image of each class, side by side. */
import { basename } from 'node:path';
import { figureWidth } from '../../../chart/theme.ts';
import { escapeXml } from '../../../chart/themedSvg.ts';
import type { Dataset } from '../../data/dataset.ts';
import { SPLITS } from '../../data/listing.ts';
import { whole } from '../../document/wording.ts';
import { drawing } from './drawing.ts';
import { firstReadable, photograph, textElement } from './pictures.ts';

const columns = 5;
const gap = 10;
const edge = (figureWidth - gap * (columns + 1)) / columns;
const captionHeight = 38;

/**
 * The first image of each class that can be read, in the order of the lists of train, else of val, else of test, with
 * the class's name and the number of its images in each split.
 *
 * @returns an SVG document for light and dark pages, {@link figureWidth} wide, with the images in it
 */
export async function sampleGrid(dataset: Dataset): Promise<string> {
  const elements: string[] = [];
  for (const [label, name] of dataset.classes.entries()) {
    const members = SPLITS.map((split) => dataset.splits[split].filter((example) => example.label === label));
    const found = await firstReadable(members.flatMap((examples) => examples.map(({ file }) => file)));
    const x = gap + (label % columns) * (edge + gap);
    const y = gap + Math.floor(label / columns) * (edge + captionHeight + gap);
    const middle = x + edge / 2;
    const counts = members.map((examples) => whole(examples.length)).join(' / ');
    elements.push(
      found === undefined
        ? textElement('unreadable', middle, y + edge / 2, { anchor: 'middle', colour: 'muted' })
        : `<g><title>${escapeXml(basename(found.file))}</title>${await photograph(found.image, { x, y, width: edge, height: edge })}</g>`,
      textElement(name, middle, y + edge + 15, { anchor: 'middle', size: 11.5, width: edge + gap }),
      textElement(counts, middle, y + edge + 30, { anchor: 'middle', colour: 'muted', size: 11 }),
    );
  }
  const rows = Math.ceil(dataset.classes.length / columns);
  return drawing(elements, {
    width: figureWidth,
    height: gap + rows * (edge + captionHeight + gap),
    description: `One image of each of ${dataset.classes.length} classes, with the numbers of images in train, val and test.`,
  });
}
