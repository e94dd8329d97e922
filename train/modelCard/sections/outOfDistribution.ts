/** How well it tells that an image shows none of its classes. */
import { chart } from '../../../chart/chart.ts';
import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import type { Evaluation } from '../../evaluate/evaluation.ts';
import { energyFigure } from '../figures/energies.ts';
import { valueText } from '../format.ts';
import type { WriteSection } from './section.ts';

export const outOfDistributionSection: WriteSection = async ({ results }) => {
  const { evaluation } = results.shipped;
  const histograms = { file: '05-energy.svg', content: await chart(energyFigure(evaluation)) };
  const { sets } = evaluation.outOfDistribution;
  const table = (split: 'val' | 'test') =>
    markdownTable(
      [`against ${split}`, 'pictures', 'energy AUROC', 'FPR95', 'confidence AUROC', 'FPR95', 'detected'],
      sets.map(({ name, energies, detected, [split]: { energy, confidence } }) => [
        name,
        `${energies.length}`,
        valueText(energy.auroc, 'plain'),
        valueText(energy.fpr95, 'percent'),
        valueText(confidence.auroc, 'plain'),
        valueText(confidence.fpr95, 'percent'),
        valueText(detected, 'percent'),
      ]),
      { align: ['left', ...new Array<'right'>(6).fill('right')] },
    );
  return {
    markdown: paragraphs(
      '## Images of none of the classes',
      'The energy -log Σ exp(z) of the logits z (Liu et al. 2020, https://arxiv.org/abs/2010.03759) is high for images unlike those of training. Measured on pictures that show none of the classes: 21 of the sun that the data set has without labels (the other 25 files that no list names show known classes); noise, each value drawn uniformly or from a normal distribution, or clouds of colour; and patterns (stripes, checkerboards, gradients, mosaics, triangles) that were chosen to resemble none of the classes. Noise and patterns are no photographs, and say little about photographs of something new.',
      sets.some(({ name }) => name === 'sun')
        ? null
        : '**The pictures of the sun were not there when this was measured**: `npm run fetch-data` has them, and `npm run evaluate` measures them.',
      'AUROC: how often a known image scores as more familiar than one of the set. FPR95: percent of the set taken for known by the threshold that 95 % of the known images pass. Detected: percent of the set over the threshold in the file.',
      table('test'),
      table('val'),
      threshold(evaluation),
      show(
        histograms.file,
        'Energies, in percent of each set; the dashed line is the threshold in the file, if it has one',
      ),
    ),
    figures: [histograms],
  };
};

function threshold({ model, outOfDistribution: { falselyDetected } }: Evaluation): string {
  if (model.energyThreshold === null) return 'The file has no threshold, so nothing is detected.';
  return `The threshold in the file is ${model.energyThreshold.toFixed(3)}. Of known images it takes ${valueText(falselyDetected.val, 'percent')} % of val and ${valueText(falselyDetected.test, 'percent')} % of test for none of the classes.`;
}
