/** The networks that are compared. */

import { paragraphs, show } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { duration } from '../../progressBar.ts';
import { mainVariants, type WriteSection } from '../context.ts';
import { architectureDiagram } from '../figures/architectureDiagram.ts';
import { millions } from '../format.ts';
import { numbersOf } from '../numbers.ts';

export const networksSection: WriteSection = async (context) => {
  const { study, numbers } = context;
  const main = mainVariants(context);
  const diagram = { file: '04-architectures.svg', content: architectureDiagram(study.study, main) };
  const rows = Object.keys(study.study.variants).map((variant) => {
    const { parameters, flops, imagesPerSecond, seconds } = numbersOf(numbers, variant);
    return [
      variant,
      millions(parameters),
      (flops / 1e6).toFixed(1),
      imagesPerSecond === null ? 'not run' : imagesPerSecond.toFixed(0),
      seconds === null ? 'not run' : duration(seconds),
    ];
  });
  return {
    markdown: paragraphs(
      '## The networks',
      'Drawn from the declared models; every layer with its output shape and parameters.',
      show(diagram.file, `Architecture of ${main.join(', ')}`),
      'What they cost. FLOPs are those of one image, forward, a multiply-add counting as two. The rate is that of training, in the fastest epoch of each run, median over runs; the time (minutes and seconds) is that of all epochs, in the run that took the least. Other work on the machine slows both: compare FLOPs first.',
      markdownTable(['network', 'parameters', 'MFLOPs', 'images/s', 'training'], rows, {
        align: ['left', 'right', 'right', 'right', 'right'],
      }),
    ),
    figures: [diagram],
  };
};
