/** How to get the same. */
import { paragraphs } from '../../document/section.ts';
import { recipeFile } from '../results.ts';
import { text, type WriteSection } from './section.ts';

export const reproductionSection: WriteSection = async ({ results, folder }) => {
  const { config, model } = results.shipped.evaluation;
  const threads = typeof config['threads'] === 'number' ? ` --threads ${config['threads']}` : '';
  const run = `runs/${model.name}-${config.seed}`;
  return text(
    paragraphs(
      '## Reproduce',
      'One command trains it; on the same kind of processor with the same versions and threads the weights come out the same to the last bit:',
      `\`\`\`sh\nnpm run train -- ${model.name} --config ${folder}/${recipeFile} --seed ${config.seed}${threads} --out ${run}\n\`\`\``,
      'It goes on after an interruption with `--resume`. What this card says is measured and written by',
      `\`\`\`sh\nnpm run evaluate -- ${run} --out ${folder}/runs/${results.shipped.name}.json\nnpm run model-card -- ${folder}\n\`\`\``,
    ),
  );
};
