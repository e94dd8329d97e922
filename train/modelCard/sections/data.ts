/** The images and their split. */

import { SPLITS } from '../../data/listing.ts';
import { paragraphs } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { decimal, listed, whole } from '../../document/wording.ts';
import { totalVariation } from '../../eda/distances.ts';
import type { Evaluation } from '../../evaluate/evaluation.ts';
import { publishedOn } from '../published.ts';
import { text, type WriteSection } from './section.ts';

export const dataSection: WriteSection = async ({ results }) => {
  const { config, data } = results.shipped.evaluation;
  const instruments = [...new Set(SPLITS.flatMap((split) => Object.keys(data[split].instruments)))].sort();
  const rows = SPLITS.map((split) => {
    const { images, exposures, sols, classes, instruments: counts } = data[split];
    return [
      split,
      whole(images),
      whole(exposures),
      sols === null ? '-' : `${sols.first} to ${sols.last}`,
      `${classes.filter((each) => each.images > 0).length}`,
      ...instruments.map((name) => whole(counts[name] ?? 0)),
    ];
  });
  const { name, fingerprint, classes } = config.data;
  const origin =
    fingerprint === publishedOn
      ? '; published as Zenodo record 1049137 (https://doi.org/10.5281/zenodo.1049137), and split there by Martian day (sol): what is measured is how a model does on days after those that it learnt from'
      : '';
  return text(
    paragraphs(
      '## Data and split',
      `${name}, fingerprint \`${fingerprint.slice(0, 12)}\`${origin}. Products of one exposure, such as a thumbnail and the whole image, count as one exposure.`,
      markdownTable(['split', 'images', 'exposures', 'sols', 'classes', ...instruments], rows, {
        align: ['left', ...new Array<'right'>(4 + instruments.length).fill('right')],
      }),
      shift(results.shipped.evaluation),
      `The ${classes.length} classes that have images: ${listed(classes)}.`,
    ),
  );
};

/** How far the later splits are from train. */
function shift({ data }: Evaluation): string {
  const sentences = (['val', 'test'] as const).map((split) => {
    const between = (counts: (of: Evaluation['data'][typeof split]) => number[]) =>
      decimal(totalVariation(counts(data.train), counts(data[split])));
    const names = [
      ...new Set([data.train, data[split]].flatMap(({ instruments }) => Object.keys(instruments))),
    ];
    const classes = between((of) => of.classes.map(({ images }) => images));
    const cameras =
      names.length === 0
        ? ''
        : `, ${between((of) => names.map((name) => of.instruments[name] ?? 0))} by instrument`;
    return `from train to ${split} ${classes} by class${cameras}`;
  });
  return `The splits differ in what they show. Total variation, the share of images that would have to be others: ${sentences.join('; ')}.`;
}
