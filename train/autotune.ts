/** --autotune: which algorithm is the fastest for each convolution of a model, on this machine. */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { LayerAttributes } from '../dsl/layers.ts';
import type { Model } from '../dsl/model.ts';
import { sizes } from '../dsl/shape.ts';
import type { ConvAlgorithms } from '../export/autodiff.ts';
import { convBlocks } from '../export/fusion.ts';
import { Graph } from '../export/graph.ts';
import { encodeModel } from '../export/onnx.ts';
import { fillUniform, stream } from '../export/random.ts';
import {
  type ConvAlgorithmName,
  chooseAlgorithm,
  convAlgorithms,
  convShape,
  suitable,
} from '../export/rules/convAlgorithms.ts';
import { convAttributes } from '../export/rules/convAttributes.ts';
import { suitsPhases } from '../export/rules/phases.ts';
import { type TargetName, targets } from '../export/targets.ts';
import { elementCount } from '../export/tensorType.ts';
import { openSession, type SessionOptions } from '../runtime/session.ts';

export interface Tuned {
  readonly algorithms: ConvAlgorithms;
  /** What was chosen and gained, a line for each layer whose algorithm is another than by the rule. */
  readonly report: readonly string[];
}

/**
 * Times the candidates of each convolution, equal layers once.
 *
 * @param onLayer told before each layer is timed
 * @throws AreographError 'device' or 'model' if no session opens
 */
export async function autotune(
  model: Model,
  batch: number,
  options: SessionOptions,
  onLayer: (done: number, total: number) => void,
): Promise<Tuned> {
  const layers = tunable(model);
  const timed = new Map<string, ReadonlyMap<ConvAlgorithmName, number>>();
  const algorithms: Record<string, ConvAlgorithmName> = {};
  const report: string[] = [];
  for (const [i, { name, attributes, input }] of layers.entries()) {
    onLayer(i, layers.length);
    const dims = [batch, ...input];
    const key = JSON.stringify([attributes, dims]);
    const times = timed.get(key) ?? (await timeAlgorithms(dims, attributes, options));
    timed.set(key, times);
    const byRule = chooseAlgorithm(convShape(dims, attributes), targets[options.device]);
    const [best = byRule] = [...times.keys()].sort((a, b) => (times.get(a) ?? 0) - (times.get(b) ?? 0));
    algorithms[name] = best;
    if (best !== byRule) report.push(`${name}: ${shown(best, times)} instead of ${shown(byRule, times)}`);
  }
  onLayer(layers.length, layers.length);
  return { algorithms, report };
}

function shown(name: ConvAlgorithmName, times: ReadonlyMap<ConvAlgorithmName, number>): string {
  return `${name} (${times.get(name)?.toFixed(1)} ms)`;
}

/** The convolutions that have a choice; those that are lowered with their pool (rules/phases.ts) have none. */
function tunable(model: Model) {
  const fixed = new Set(
    [...convBlocks(model).values()].flatMap(({ convolution, pool }) =>
      pool !== undefined && suitsPhases(inputOf(convolution), convolution.attributes, pool.layer.attributes)
        ? [convolution.name]
        : [],
    ),
  );
  return model.layers.flatMap((layer) =>
    layer.kind === 'conv2d' && !fixed.has(layer.name)
      ? [{ name: layer.name, attributes: layer.attributes, input: inputOf(layer).slice(1) }]
      : [],
  );
}

/** `[1, C, H, W]` */
function inputOf({ inputs: [input] }: Model['layers'][number]): number[] {
  return input === undefined ? [] : [1, ...sizes(input.shape)];
}

/**
 * Milliseconds of forward pass and both gradients, the least of several runs taken by turns.
 *
 * @param input `[N, C, H, W]`
 */
export async function timeAlgorithms(
  input: readonly number[],
  attributes: LayerAttributes['conv2d'],
  options: SessionOptions,
  runs = 4,
): Promise<Map<ConvAlgorithmName, number>> {
  const names = suitable(convShape(input, attributes));
  const contenders: { name: ConvAlgorithmName; session: InferenceSession; feeds: Record<string, Tensor> }[] =
    [];
  for (const name of names) {
    const graph = algorithmGraph(name, input, attributes, options.device);
    const session = await openSession(encodeModel(graph), options, `a convolution by ${name}`);
    contenders.push({ name, session, feeds: noise(graph) });
  }
  const least = new Map<ConvAlgorithmName, number>();
  // The first run of each allocates.
  for (let run = 0; run <= runs; run += 1) {
    for (const { name, session, feeds } of contenders) {
      const started = performance.now();
      await session.run(feeds);
      const milliseconds = performance.now() - started;
      if (run > 0) least.set(name, Math.min(milliseconds, least.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  for (const { session } of contenders) await session.release();
  return least;
}

/** Large results are reduced on the device: what is timed is the computing, not the way to the host. */
function algorithmGraph(
  name: ConvAlgorithmName,
  input: readonly number[],
  attributes: LayerAttributes['conv2d'],
  device: TargetName,
): Graph {
  const { batch, channels, filters, output } = convShape(input, attributes);
  const graph = new Graph('convolution');
  const x = graph.input('x', 'float32', input);
  const w = graph.input('w', 'float32', [
    filters,
    channels / attributes.groups,
    attributes.kernel,
    attributes.kernel,
  ]);
  const dy = graph.input('dy', 'float32', [batch, filters, ...output]);
  const { output: y, backward } = convAlgorithms[name].lower(
    x,
    w,
    convAttributes(x, attributes),
    targets[device],
  );
  const gradients = backward(dy);
  graph.output('y', y.mean([0, 2, 3]));
  graph.output('dx', gradients.input.mean([0, 2, 3]));
  graph.output('dw', gradients.weight);
  return graph.prune();
}

function noise(graph: Graph): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.map(({ name, sizes: dims }) => {
      const data = new Float32Array(elementCount(dims));
      fillUniform(stream(1, name), data);
      return [name, new Tensor('float32', data, [...dims])];
    }),
  );
}
