/** npm run model-card -- results/marsnet */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { runCli } from '../../dsl/cli.ts';
import { defaultModel } from '../../runtime/defaultModel.ts';
import { writeDocument } from '../document/page.ts';
import { shownPath } from '../shownPath.ts';
import { modelCard } from './card.ts';
import { readModelResults } from './results.ts';

const command = new Command('model-card')
  .description('Writes the card of a model from its kept evaluations; measures nothing.')
  .argument(
    '[results]',
    'folder with runs/, and with tried/, recipe.json and compression.json',
    join('results', 'marsnet'),
  );

await runCli(async () => {
  command.parse();
  const [folder] = command.processedArgs;
  const results = readModelResults(folder);
  const sha256 = createHash('sha256').update(readFileSync(defaultModel)).digest('hex');
  const card = await modelCard({
    results,
    folder: shownPath(results.directory),
    isDefault: results.shipped.evaluation.model.sha256 === sha256,
  });
  writeDocument(results.directory, { name: 'MODEL_CARD', ...card });
  const { runs, tried, shipped } = results;
  console.log(
    `${runs.length} runs, ${tried.length} others; the file of seed ${shipped.evaluation.config.seed} ships`,
  );
  for (const file of ['MODEL_CARD.md', 'MODEL_CARD.html'])
    console.log(shownPath(join(results.directory, file)));
});
