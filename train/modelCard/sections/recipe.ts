/** How it was trained. */
import { mean, sum } from 'd3-array';
import { paragraphs } from '../../document/section.ts';
import { counted, listed } from '../../document/wording.ts';
import { duration } from '../../progressBar.ts';
import { recipeFile } from '../results.ts';
import { text, type WriteSection } from './section.ts';

export const recipeSection: WriteSection = async ({ results, folder }) => {
  const { runs, shipped, recipe } = results;
  const { config } = shipped.evaluation;
  const seeds = runs.map(({ evaluation }) => `${evaluation.config.seed}`);
  const epochs = runs.map(({ evaluation }) => `${evaluation.bestEpoch} of ${evaluation.epochs.length}`);
  const seconds = mean(runs, ({ evaluation }) => sum(evaluation.epochs, (epoch) => epoch.seconds)) ?? 0;
  const { processor, onnxruntime } = config.environment;
  return text(
    paragraphs(
      '## Recipe and seeds',
      recipe === null
        ? `\`${recipeFile}\` is not in ${folder}: put there what \`npm run train -- --config\` was given, and run \`npm run model-card\` again.`
        : `\`${folder}/${recipeFile}\`, as \`npm run train -- --config\` takes it:\n\n\`\`\`json\n${JSON.stringify(recipe, undefined, 2)}\n\`\`\``,
      `${counted(runs.length, 'run')} of it with the seeds ${listed(seeds)}; ${duration(seconds)} of training each, in the mean (minutes and seconds, or hours before them), on ${processor ?? 'an unknown processor'} with onnxruntime ${onnxruntime ?? 'of an unknown version'}. The weights are those of the epoch that was best on val: ${listed(epochs)}.`,
      usesVal(config['selfTraining'])
        ? 'Training also used the images of val without their labels, under labels that the network gave itself (pseudo-labels). So val says less about new images than it would otherwise; test took no part.'
        : null,
    ),
  );
};

function usesVal(selfTraining: unknown): boolean {
  return (
    typeof selfTraining === 'object' &&
    selfTraining !== null &&
    'after' in selfTraining &&
    typeof selfTraining.after === 'number' &&
    selfTraining.after > 0
  );
}
