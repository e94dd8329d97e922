/** For tests: loss and gradients of a model as outputs, without an optimizer to hide them. */
import { type Model, parameters } from '../../dsl/model.ts';
import { backward, forward } from '../autodiff.ts';
import { DenseCotangent } from '../cotangent.ts';
import { Graph } from '../graph.ts';
import { softmaxCrossEntropy } from '../loss.ts';
import { normalize } from '../preprocess.ts';
import type { Target } from '../targets.ts';

/** Inputs `images`, `labels` and the parameters; outputs `loss` and, for each parameter, `NAME.gradient`. Dropout is off. */
export function gradientGraph(model: Model, batch: number, target: Target): Graph {
  const graph = new Graph('gradients');
  const { height, width, channels } = model.input;
  const images = graph.input('images', 'uint8', [batch, height, width, channels]);
  const labels = graph.input('labels', 'int32', [batch]);
  const inputs = parameters(model).map(
    ({ name, shape }) => [name, graph.input(name, 'float32', shape)] as const,
  );
  const passed = forward(model, {
    input: graph.scoped('normalize', () => normalize(images)),
    parameters: new Map(inputs),
    target,
    uniform: () => {
      throw new Error('the model draws lots: compare without dropout');
    },
  });
  const { loss, gradient } = graph.scoped('loss', () => softmaxCrossEntropy(passed.logits, labels));
  const gradients = backward(model, passed, passed.logitsLayer, new DenseCotangent(gradient));
  graph.output('loss', loss);
  for (const [name, value] of gradients) graph.output(`${name}.gradient`, value);
  return graph.prune();
}
