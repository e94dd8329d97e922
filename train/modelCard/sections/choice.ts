/** How recipe and file were chosen. */
import { paragraphs } from '../../document/section.ts';
import { counted } from '../../document/wording.ts';
import { valueText } from '../format.ts';
import { valAccuracy } from '../results.ts';
import { overSeeds } from '../seeds.ts';
import { text, type WriteSection } from './section.ts';

export const choiceSection: WriteSection = async ({ results }) => {
  const { runs, shipped, tried } = results;
  const own = overSeeds(results, ({ splits }) => splits.val.accuracy).summary?.mean ?? 0;
  const better = tried.filter((run) => valAccuracy(run) > own).length;
  const among =
    tried.length === 0
      ? 'No runs of other recipes are kept.'
      : `Of ${counted(tried.length, 'run')} of other recipes that are kept (below), ${better === 0 ? 'none is' : better === 1 ? 'one is' : `${better} are`} more accurate on val than the mean of this recipe, ${valueText(own, 'percent')} %.`;
  return text(
    paragraphs(
      '## How it was chosen',
      `By val, never by test. Test is scored when a run is over, and chooses nothing: not the recipe, not the epoch, not the temperature, not the seed. ${among} Of the ${counted(runs.length, 'seed')} the file of seed ${shipped.evaluation.config.seed} ships, which is the most accurate on val.`,
    ),
  );
};
