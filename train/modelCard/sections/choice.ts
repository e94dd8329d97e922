/** How recipe and file were chosen. */
import { paragraphs } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { counted } from '../../document/wording.ts';
import { changes } from '../changes.ts';
import { valueText } from '../format.ts';
import { type ModelResults, valAccuracy } from '../results.ts';
import { overSeeds } from '../seeds.ts';
import { text, type WriteSection } from './section.ts';

export const choiceSection: WriteSection = async ({ results }) => {
  const { runs, shipped, tried, heldOut } = results;
  const own = overSeeds(results, ({ splits }) => splits.val.accuracy).summary?.mean ?? 0;
  const better = tried.filter((run) => valAccuracy(run) > own).length;
  const among =
    tried.length === 0
      ? 'No runs of other recipes are kept.'
      : `Of ${counted(tried.length, 'run')} of other recipes that are kept (below), ${better === 0 ? 'none is' : better === 1 ? 'one is' : `${better} are`} more accurate on val than the mean of this recipe, ${valueText(own, 'percent')} %.`;
  return text(
    paragraphs(
      '## How it was chosen',
      `Never by test, which is scored when a run is over, and chooses nothing: not the recipe, not the epoch, not the temperature, not the seed. ${heldOut.length === 0 ? 'The recipe was chosen by val.' : 'The recipe was chosen by days held out of train and by val.'} ${among} Of the ${counted(runs.length, 'seed')} the file of seed ${shipped.evaluation.config.seed} ships, which is the most accurate on val.`,
      heldOut.length === 0 ? null : heldOutTable(results),
    ),
  );
};

function heldOutTable({ runs: [{ evaluation: recipe }], heldOut }: ModelResults): string {
  const [first] = heldOut;
  const { train, test } = first?.evaluation.data ?? {};
  const table = markdownTable(
    ['run', 'what differs from the recipe', 'seed', 'accuracy (%)', 'macro-F1', 'balanced accuracy (%)'],
    heldOut.map(({ name, evaluation: { config, splits } }) => [
      name,
      changes(recipe.config, config),
      `${config.seed}`,
      valueText(splits.test.accuracy, 'percent'),
      valueText(splits.test.macroF1, 'plain'),
      valueText(splits.test.balancedAccuracy, 'percent'),
    ]),
    { align: ['left', 'left', 'right', 'right', 'right', 'right'] },
  );
  return paragraphs(
    `\`npm run hold-out -- --until-sol ${train?.sols?.last ?? 0} --out DIR\` makes a data set without test: ${counted(train?.images ?? 0, 'image')} of train's early days to train on, and ${counted(test?.images ?? 0, 'image')} of its later days and of val to be judged by. Runs on it, the most accurate on these first:`,
    table,
  );
}
