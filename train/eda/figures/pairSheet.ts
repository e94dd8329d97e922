/** Pairs of images beside each other, to judge whether they show the same. */
import { join } from 'node:path';
import { figureWidth } from '../../../chart/theme.ts';
import { parseMarsName } from '../../data/marsName.ts';
import type { LabelledFile, SimilarPair } from '../schema.ts';
import { drawing } from './drawing.ts';
import { firstReadable, photograph, textElement } from './pictures.ts';

const columns = 3;
const gap = 16;
const inner = 4;
const cell = (figureWidth - gap * (columns + 1)) / columns;
const edge = (cell - inner) / 2;
const captionHeight = 54;

/**
 * @param directory of the data set, which the pairs' names are relative to
 * @returns an SVG document for light and dark pages, with the images in it
 */
export async function pairSheet(
  directory: string,
  pairs: readonly SimilarPair[],
  description: string,
): Promise<string> {
  const elements: string[] = [];
  for (const [i, { first, second, distance, sameExposure }] of pairs.entries()) {
    const x = gap + (i % columns) * (cell + gap);
    const y = gap + Math.floor(i / columns) * (edge + captionHeight + gap);
    for (const [side, item] of [first, second].entries()) {
      const left = x + side * (edge + inner);
      const found = await firstReadable([join(directory, item.file)]);
      if (found) elements.push(await photograph(found.image, { x: left, y, width: edge, height: edge }));
      elements.push(
        textElement(item.class, left, y + edge + 14, { size: 11, width: edge }),
        textElement(place(item), left, y + edge + 28, { size: 11, colour: 'muted' }),
      );
    }
    const bits = `${distance} bits apart${sameExposure ? ', one exposure' : ''}`;
    elements.push(textElement(bits, x, y + edge + 42, { size: 11, colour: 'muted' }));
  }
  const rows = Math.ceil(pairs.length / columns);
  return drawing(elements, {
    width: figureWidth,
    height: gap + rows * (edge + captionHeight + gap),
    description,
  });
}

/** 'train, sol 13'. */
function place({ file, split }: LabelledFile): string {
  const name = parseMarsName(file);
  return name === undefined ? split : `${split}, sol ${name.sol}`;
}
