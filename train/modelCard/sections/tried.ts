/** What else was tried. */
import { fromArchitecture } from '../../../dsl/architecture.ts';
import { summarize } from '../../../dsl/summary.ts';
import { paragraphs } from '../../document/section.ts';
import { markdownTable } from '../../document/table.ts';
import type { Evaluation } from '../../evaluate/evaluation.ts';
import { settingAt } from '../../experiments/settings.ts';
import { millions } from '../../report/format.ts';
import { valueText } from '../format.ts';
import { type KeptRun, recipeDifferences } from '../results.ts';
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
        : 'Runs of other recipes, the most accurate on val first; the choice was made by val. Test stands beside it so that it can be seen how far val can be trusted.',
      table,
    ),
  );
};

/** Settings that are not the recipe's, with the recipe's in brackets. */
function changes(recipe: Evaluation['config'], other: Evaluation['config']): string {
  const paths = recipeDifferences(recipe, other);
  const network = paths.some((path) => path.startsWith('architecture'));
  const settings = paths
    .filter((path) => !path.startsWith('architecture'))
    .map((path) => `${path} ${shown(settingAt(other, path))} (${shown(settingAt(recipe, path))})`);
  const changed = [...(network ? [networkOf(other)] : []), ...settings];
  return changed.length === 0 ? 'nothing: the recipe' : changed.join('; ');
}

function networkOf({ architecture }: Evaluation['config']): string {
  const model = fromArchitecture(architecture);
  const { height, width } = model.input;
  return `${model.name} of ${millions(summarize(model).parameters)} parameters at ${height}x${width}`;
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'not there';
  return json.length > 48 ? `${json.slice(0, 47)}…` : json.replaceAll('"', '');
}
