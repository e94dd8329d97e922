/** What else was tried. */
import { paragraphs } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import { changes } from '../changes.ts';
import { valueText } from '../format.ts';
import type { KeptRun } from '../results.ts';
import { text, type WriteSection } from './section.ts';

export const triedSection: WriteSection = async ({ results, folder }) => {
  const { runs, tried } = results;
  const [reference] = runs;
  const row = ({ name, evaluation }: KeptRun, what: string) => [
    name,
    what,
    `${evaluation.config.seed}`,
    valueText(evaluation.splits.val.accuracy, 'percent'),
    valueText(evaluation.splits.test.accuracy, 'percent'),
    valueText(evaluation.splits.test.macroF1, 'plain'),
    valueText(evaluation.splits.test.calibration.fitted.ece, 'plain'),
  ];
  const table = markdownTable(
    ['run', 'what differs from the recipe', 'seed', 'val (%)', 'test (%)', 'test macro-F1', 'test ECE'],
    [
      ...runs.map((run) => row(run, 'nothing: the recipe')),
      ...tried.map((run) => row(run, changes(reference.evaluation.config, run.evaluation.config))),
    ],
    { align: ['left', 'left', 'right', 'right', 'right', 'right', 'right'] },
  );
  return text(
    paragraphs(
      '## What was tried',
      tried.length === 0
        ? `No other runs are kept: \`npm run evaluate -- RUN --out ${folder}/tried/NAME.json\` keeps one.`
        : 'Runs of other recipes, the most accurate on val first. Test stands beside it so that it can be seen how far val can be trusted; it chose nothing.',
      table,
    ),
  );
};
