/** The runs that a study asks for, and how much work each is. */
import { AreographError } from '../../dsl/errors.ts';
import type { Model } from '../../dsl/model.ts';
import { summarize } from '../../dsl/summary.ts';
import { declareNetwork } from './declareNetwork.ts';
import type { Settings } from './settings.ts';
import type { Study } from './study.ts';

export interface PlannedRun {
  readonly variant: string;
  readonly seed: number;
  readonly settings: Settings;
  readonly model: Model;
}

/**
 * Each variant with each seed once, however many experiments share it: experiment by experiment, and within it seed
 * by seed, so that an unfinished one has its variants level.
 *
 * @throws AreographError 'option' or 'shape' if a variant's network cannot be declared
 */
export function planRuns({ variants, experiments }: Study, classes: number): PlannedRun[] {
  const models = new Map(
    [...variants].map(([name, settings]) => [name, { settings, model: declared(name, settings, classes) }]),
  );
  const planned = experiments.flatMap(({ seeds, variants: names }) =>
    seeds.flatMap((seed) =>
      names.flatMap((variant) => {
        const found = models.get(variant);
        return found === undefined ? [] : [{ variant, seed, ...found }];
      }),
    ),
  );
  return [...new Map(planned.map((run) => [`${run.variant}.${run.seed}`, run])).values()];
}

function declared(name: string, { network, size }: Settings, classes: number): Model {
  try {
    return declareNetwork(name, network, { size, classes });
  } catch (error) {
    if (!(error instanceof AreographError)) throw error;
    const { problem } = error;
    throw new AreographError(
      { ...problem, where: `variants.${name}.network, ${problem.where}` },
      { cause: error },
    );
  }
}

/**
 * Work of a run in arbitrary units, for the time left: three passes of the network for each image (forward, and
 * backward for inputs and weights), and for each step the weights, which the optimizer reads and writes several
 * times; so many FLOPs as take about as long as that.
 */
export function work({ settings, model }: PlannedRun, images: number): number {
  const { flops, parameters } = summarize(model);
  const optimizerFlops = 800;
  return settings.epochs * images * (3 * flops + (optimizerFlops / settings.batch) * parameters);
}
