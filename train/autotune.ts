/** --autotune: which algorithm is the fastest for each convolution of a model, on this machine. */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { Model } from '../dsl/model.ts';
import type { ConvAlgorithms } from '../export/autodiff.ts';
import { type ConvCandidates, convCandidates } from '../export/convCandidates.ts';
import { Graph } from '../export/graph.ts';
import { encodeModel } from '../export/onnx.ts';
import { fillUniform, stream } from '../export/random.ts';
import {
  type ConvAlgorithmName,
  chooseAlgorithm,
  convAlgorithms,
  convShape,
} from '../export/rules/convAlgorithms.ts';
import { convAttributes } from '../export/rules/convAttributes.ts';
import { type TargetName, targets } from '../export/targets.ts';
import { elementCount } from '../export/tensorType.ts';
import { firstLine } from '../runtime/firstLine.ts';
import { openSession, type SessionOptions } from '../runtime/session.ts';

export interface Tuned {
  readonly algorithms: ConvAlgorithms;
  /**
   * A line for each layer whose algorithm is another than by the rule and for each algorithm that failed, and what all
   * of it comes to.
   */
  readonly report: readonly string[];
}

/**
 * Times the candidates of each convolution that has several, equal layers once. What fails is not chosen; where all
 * fail, the layer is left to the rule.
 *
 * @param given algorithms of layers that are chosen already
 * @param onLayer told before each layer is timed
 */
export async function autotune(
  model: Model,
  batch: number,
  given: ConvAlgorithms,
  options: SessionOptions,
  onLayer: (done: number, total: number) => void,
): Promise<Tuned> {
  const layers = convCandidates(model, batch).filter(
    ({ name, algorithms }) => algorithms.length > 1 && given[name] === undefined,
  );
  const timed = new Map<string, Timings>();
  const chosen: Record<string, ConvAlgorithmName> = {};
  const report: string[] = [];
  const total = { byRule: 0, byChoice: 0 };
  for (const [i, layer] of layers.entries()) {
    onLayer(i, layers.length);
    const { name, attributes, input, ofImages } = layer;
    const key = JSON.stringify([attributes, input, ofImages]);
    const timings = timed.get(key) ?? (await timeAlgorithms(layer, options));
    timed.set(key, timings);
    const { times, failed } = timings;
    for (const [algorithm, why] of failed) report.push(`${name}: ${algorithm} is left out: ${why}`);
    const [best] = [...times].sort(([, a], [, b]) => a - b);
    if (best === undefined) continue;
    const [algorithm, milliseconds] = best;
    const byRule = chooseAlgorithm(convShape(input, attributes), targets[options.device]);
    chosen[name] = algorithm;
    total.byChoice += milliseconds;
    total.byRule += times.get(byRule) ?? milliseconds;
    if (algorithm !== byRule)
      report.push(`${name}: ${shown(algorithm, times)} instead of ${shown(byRule, times)}`);
  }
  onLayer(layers.length, layers.length);
  const outcome =
    report.length === 0
      ? 'all as by the rule'
      : `${total.byRule.toFixed(1)} ms a step by the rule, ${total.byChoice.toFixed(1)} ms by choice`;
  return {
    algorithms: { ...given, ...chosen },
    report: [...report, `timed ${layers.length} convolutions: ${outcome}`],
  };
}

function shown(name: ConvAlgorithmName, times: Timings['times']): string {
  const milliseconds = times.get(name);
  return `${name} (${milliseconds === undefined ? 'failed' : `${milliseconds.toFixed(1)} ms`})`;
}

export interface Timings {
  /** Milliseconds. */
  readonly times: ReadonlyMap<ConvAlgorithmName, number>;
  /** Why the others could not be timed. */
  readonly failed: ReadonlyMap<ConvAlgorithmName, string>;
}

/** Of forward pass and gradients, the least of several runs taken by turns. */
export async function timeAlgorithms(
  layer: Omit<ConvCandidates, 'name'>,
  options: SessionOptions,
  runs = 4,
): Promise<Timings> {
  const contenders: { name: ConvAlgorithmName; session: InferenceSession; feeds: Record<string, Tensor> }[] =
    [];
  const times = new Map<ConvAlgorithmName, number>();
  const failed = new Map<ConvAlgorithmName, string>();
  const attempt = async (name: ConvAlgorithmName, work: () => Promise<void>) => {
    if (failed.has(name)) return;
    try {
      await work();
    } catch (error) {
      failed.set(name, firstLine(error));
      times.delete(name);
    }
  };
  try {
    for (const name of layer.algorithms) {
      const graph = algorithmGraph(name, layer, options.device);
      await attempt(name, async () => {
        const session = await openSession(encodeModel(graph), options, `a convolution by ${name}`);
        contenders.push({ name, session, feeds: noise(graph) });
      });
    }
    // The first run of each allocates.
    for (let run = 0; run <= runs; run += 1) {
      for (const { name, session, feeds } of contenders) {
        await attempt(name, async () => {
          const started = performance.now();
          await session.run(feeds);
          const milliseconds = performance.now() - started;
          if (run > 0) times.set(name, Math.min(milliseconds, times.get(name) ?? Number.POSITIVE_INFINITY));
        });
      }
    }
  } finally {
    for (const { session } of contenders) await session.release();
  }
  return { times, failed };
}

/** Large results are reduced on the device: what is timed is the computing, not the way to the host. */
function algorithmGraph(
  name: ConvAlgorithmName,
  { input, attributes, ofImages }: Pick<ConvCandidates, 'input' | 'attributes' | 'ofImages'>,
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
  if (!ofImages) graph.output('dx', gradients.input.mean([0, 2, 3]));
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
