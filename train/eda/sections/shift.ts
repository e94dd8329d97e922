import { SPLITS } from '../../data/listing.ts';
import { paragraphs } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { code } from '../../document/wording.ts';
import { percent } from '../../progressBar.ts';
import type { WriteSection } from './section.ts';

export const shiftSection: WriteSection = async ({ shift, majority }) => {
  const distances = [
    { name: 'classes: total variation', of: (item: Item) => item.classes.totalVariation },
    { name: 'classes: Jensen-Shannon distance', of: (item: Item) => item.classes.jensenShannon },
    { name: 'instruments: total variation', of: (item: Item) => item.instruments?.totalVariation },
    { name: 'instruments: Jensen-Shannon distance', of: (item: Item) => item.instruments?.jensenShannon },
    { name: 'brightness: Kolmogorov-Smirnov', of: (item: Item) => item.brightness.kolmogorovSmirnov },
    { name: 'brightness: Wasserstein (of 255)', of: (item: Item) => item.brightness.wasserstein },
    { name: 'saturation: Kolmogorov-Smirnov', of: (item: Item) => item.saturation.kolmogorovSmirnov },
    { name: 'saturation: Wasserstein', of: (item: Item) => item.saturation.wasserstein },
  ];
  type Item = (typeof shift)[number];
  const rows = distances.map(({ name, of }) => [name, ...shift.map((item) => of(item)?.toFixed(3) ?? '')]);
  const answer = SPLITS.map((split) => `${percent(majority.accuracy[split])} on ${split}`).join(', ');
  return {
    markdown: paragraphs(
      '## Shift between the splits',
      'Distances between what two splits hold. All but the Wasserstein distances are from 0, the same, to 1, nothing in common.',
      markdownTable(
        ['Distance', ...shift.map(({ first, second }) => `${first} and ${second}`)],
        rows.filter((cells) => cells.slice(1).some((cell) => cell !== '')),
        { align: ['left', 'right', 'right', 'right'] },
      ),
      `Always answering ${code(majority.class)}, the most frequent class of train, scores ${answer}.`,
    ),
    figures: [],
  };
};
