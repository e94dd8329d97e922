/** How far its confidence can be taken at its word. */
import { chart } from '../../../chart/chart.ts';
import { paragraphs, show } from '../../document/section.ts';
import type { Evaluation } from '../../evaluate/evaluation.ts';
import { coverageFigure } from '../figures/coverage.ts';
import { reliability } from '../figures/reliability.ts';
import { valueText } from '../format.ts';
import { overSeeds } from '../seeds.ts';
import type { CardContext, WriteSection } from './section.ts';

export const confidenceSection: WriteSection = async ({ results }) => {
  const { evaluation } = results.shipped;
  const diagram = { file: '01-reliability.svg', content: await chart(reliability(evaluation)) };
  const curve = { file: '02-coverage.svg', content: await chart(coverageFigure(evaluation)) };
  return {
    markdown: paragraphs(
      '## Confidence',
      `Confidence is the largest probability. ${temperatureText(evaluation)} Expected calibration errors (ECE) are over 15 bins of equal width. ${errors(results)}`,
      show(
        diagram.file,
        'Accuracy against confidence, without temperature (above) and with it (below); points are larger where there are more images',
      ),
      answered(evaluation),
      show(curve.file, 'Accuracy against coverage; the points are at a confidence of 0.9'),
    ),
    figures: [diagram, curve],
  };
};

function temperatureText({ model }: Evaluation): string {
  return model.temperature === 1
    ? 'The file has no temperature (T = 1).'
    : 'The temperature (Guo et al. 2017, https://arxiv.org/abs/1706.04599) is fitted on val, so the calibration error on val says less than the one on test, where nothing is fitted.';
}

function errors(results: CardContext['results']): string {
  const { evaluation } = results.shipped;
  const of = (split: 'val' | 'test', kind: 'plain' | 'fitted') =>
    valueText(evaluation.splits[split].calibration[kind].ece, 'plain');
  const gap =
    overSeeds(results, ({ splits }) => splits.val.accuracy - splits.test.accuracy).summary?.mean ?? 0;
  const seeds = overSeeds(results, ({ splits }) => splits.test.calibration.fitted.ece);
  return `The shipped file has ${of('val', 'plain')} on val and ${of('test', 'plain')} on test without temperature, ${of('val', 'fitted')} and ${of('test', 'fitted')} with it (T = ${evaluation.model.temperature.toFixed(3)}); over the seeds it is ${valueText(seeds.summary?.mean ?? null, 'plain')} on test in the mean. Accuracy on val is ${valueText(Math.abs(gap), 'percent')} points ${gap < 0 ? 'below' : 'above'} that on test, in the mean of the seeds: what suits the one need not suit the other.`;
}

function answered({ splits }: Evaluation): string {
  const sentences = (['val', 'test'] as const).map((split) => {
    const { at90 } = splits[split].coverage;
    return at90 === null
      ? `on ${split} no image reaches a confidence of 0.9`
      : `on ${split} it answers ${valueText(at90.coverage, 'percent')} % of the images from a confidence of 0.9 on, and ${valueText(at90.accuracy, 'percent')} % of these rightly`;
  });
  return `Where only a confident answer counts, the shipped file does this: ${sentences.join('; ')}.`;
}
