/** For tests: loss and gradients of a model as outputs, without an optimizer to hide them. */
import { type Model, parameters } from '../../dsl/model.ts';
import { backward, type ConvAlgorithms, type Forward, forward } from '../autodiff.ts';
import { Graph, type Value } from '../graph.ts';
import { modelLoss } from '../modelLoss.ts';
import { normalize } from '../preprocess.ts';
import type { Target } from '../targets.ts';

export interface GradientOptions {
  readonly algorithms?: ConvAlgorithms;
  /** Names of layers. */
  readonly frozen?: readonly string[];
}

/**
 * Inputs `images`, `labels`, the parameters and, where dropout draws lots, `LAYER.uniform`; outputs `loss` and, for
 * each parameter of layers that are not frozen, `NAME.gradient`.
 */
export function gradientGraph(
  model: Model,
  batch: number,
  target: Target,
  options: GradientOptions = {},
): Graph {
  const { graph, passed } = trainingForward(model, batch, target, options);
  const labels = graph.input('labels', 'int32', [batch]);
  const { loss, gradients } = graph.scoped('loss', () => modelLoss(passed, labels));
  graph.output('loss', loss);
  for (const [name, value] of backward(model, passed, gradients).parameters)
    graph.output(`${name}.gradient`, value);
  return graph.prune();
}

/** The same inputs without `labels`; the output is `logits`, `[batch, classes]`. */
export function logitsGraph(model: Model, batch: number, target: Target): Graph {
  const { graph, passed } = trainingForward(model, batch, target, {});
  graph.output('logits', passed.logits);
  return graph.prune();
}

function trainingForward(
  model: Model,
  batch: number,
  target: Target,
  { algorithms, frozen }: GradientOptions,
): { graph: Graph; passed: Forward } {
  const graph = new Graph('gradients');
  const { height, width, channels } = model.input;
  const images = graph.input('images', 'uint8', [batch, height, width, channels]);
  const inputs = parameters(model).map(({ name, shape }): [string, Value] => [
    name,
    graph.input(name, 'float32', shape),
  ]);
  const passed = forward(model, {
    input: graph.scoped('normalize', () => normalize(images)),
    parameters: new Map(inputs),
    target,
    algorithms,
    frozen: new Set(frozen),
    uniform: (layer, sizes) => graph.input(`${layer}.uniform`, 'float32', sizes),
  });
  return { graph, passed };
}
