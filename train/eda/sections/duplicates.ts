import { chart } from '../../../chart/chart.ts';
import { SPLITS } from '../../data/listing.ts';
import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { counted, listed, whole } from '../../document/wording.ts';
import { percent } from '../../progressBar.ts';
import { hashDistances } from '../figures/hashDistances.ts';
import type { LabelledFile } from '../schema.ts';
import type { WriteSection } from './section.ts';

/** Conflicts that are listed; `eda.json` has all. */
const listedConflicts = 100;

export const duplicateSection: WriteSection = async ({ duplicates, dataset: { images } }, pictures) => {
  const { threshold, pairs, withinSplit, acrossSplits, conflicts } = duplicates;
  const shown = [
    { file: '10-near-duplicates-across-splits.svg', content: pictures?.acrossSplits ?? null },
    { file: '11-label-conflicts.svg', content: pictures?.conflicts ?? null },
  ].flatMap(({ file, content }) => (content === null ? [] : [{ file, content }]));
  const [across, conflicting] = ['10', '11'].map((number) =>
    shown.find(({ file }) => file.startsWith(number)),
  );
  const distances = { file: '09-hash-distances.svg', content: await chart(hashDistances(duplicates)) };
  const within = SPLITS.map(
    (split) => `${whole(withinSplit[split])} of ${split} (${percent(withinSplit[split] / images[split])})`,
  );
  const table = markdownTable(
    ['Between', 'and', 'pairs', 'of one exposure', 'similar'],
    pairs.map((item) => [
      item.first,
      item.second,
      ...[item.pairs, item.sameExposure, item.similar].map(whole),
    ]),
    { align: ['left', 'left', 'right', 'right', 'right'] },
  );
  const named = ({ file, split, class: name }: LabelledFile) => [file, split, name];
  return {
    markdown: paragraphs(
      '## Near-duplicates and label conflicts',
      `Two images are near-duplicates if they are of one exposure, or similar: their perceptual hashes differ in at most ${threshold} of 64 bits. At that distance pairs show the same thing from the same place, though perhaps months apart; a few bits more, and different things come together. Exposures are told by names, so the hash finds what they cannot; images of one exposure that are cut differently may be further apart.`,
      show(distances.file, 'Pairs of images by the distance of their hashes'),
      table,
      `With a near-duplicate in their own split: ${listed(within)}.`,
      across ? 'Near-duplicates in two splits, the nearest of each class first:' : null,
      across ? show(across.file, 'Pairs of near-duplicates in two splits') : null,
      '### Label conflicts',
      conflicts.length === 0
        ? 'No near-duplicates have different labels.'
        : `${counted(conflicts.length, 'pair')} of near-duplicates with different labels${conflicts.length > listedConflicts ? `, of which the first ${listedConflicts} are listed` : ''}:`,
      conflicting ? show(conflicting.file, 'Pairs of near-duplicates with different labels') : null,
      conflicts.length === 0
        ? null
        : markdownTable(
            ['Pair', 'File', 'Split', 'Class', 'Bits'],
            conflicts.slice(0, listedConflicts).flatMap(({ first, second, distance, sameExposure }, i) => [
              [`${i + 1}`, ...named(first), `${distance}${sameExposure ? ', one exposure' : ''}`],
              ['', ...named(second), ''],
            ]),
            { align: ['right'] },
          ),
      acrossSplits.length === 0
        ? null
        : `\`eda.json\` names the ${counted(acrossSplits.length, 'image')} with a near-duplicate in an earlier split.`,
    ),
    figures: [distances, ...shown],
  };
};
