/** In what a run differs from the recipe. */
import { fromArchitecture } from '../../dsl/architecture.ts';
import { summarize } from '../../dsl/summary.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { settingAt } from '../experiments/settings.ts';
import { millions } from '../report/format.ts';
import { recipeDifferences } from './results.ts';

/** Settings that are not the recipe's, with the recipe's in brackets. */
export function changes(recipe: Evaluation['config'], other: Evaluation['config']): string {
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
