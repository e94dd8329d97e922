/**
 * The proof of the compiler: random architectures, chains and graphs of every kind of layer and option, have the loss
 * and the gradients of PyTorch, whatever layers are frozen, and, with or without it, those that differences of their own loss give; by both
 * lowerings of a max-pool and with every algorithm of a convolution.
 *
 * The models are the same each time. PROPERTY_SEED=random npx vitest run export/autodiff.property draws others and
 * says which; a number draws those of that seed; PROPERTY_RUNS says how many.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LayerKind, layerRules } from '../dsl/layers.ts';
import type { Model } from '../dsl/model.ts';
import { sizes } from '../dsl/shape.ts';
import { summary } from '../dsl/summary.ts';
import { arbitraryModel } from '../dsl/testing/arbitraryModel.ts';
import type { ConvAlgorithms } from './autodiff.ts';
import { type Graph, Value } from './graph.ts';
import { noiseBatch, noiseLots, noiseWeights } from './reference/noise.ts';
import { pythonForTest } from './reference/python.ts';
import { type TorchGradients, torchGradients } from './reference/torchGradients.ts';
import { convShape, suitable } from './rules/convAlgorithms.ts';
import { targets } from './targets.ts';
import { lossOf, norm, slopeError } from './testing/finiteDifferences.ts';
import { gradientGraph } from './testing/gradientGraph.ts';
import { compile, relativeError } from './testing/run.ts';
import { someLayers } from './testing/someLayers.ts';

const { PROPERTY_SEED, PROPERTY_RUNS } = process.env;
const seed = PROPERTY_SEED === 'random' ? Date.now() % 2 ** 31 : Number(PROPERTY_SEED ?? 1);
const runs = Number(PROPERTY_RUNS ?? 100);
if (PROPERTY_SEED !== undefined) console.log(`PROPERTY_SEED=${seed}`);

const batch = 3;
/** A max-pool by indices, and by comparing windows; convolutions by the algorithm for their shape, and by others. */
const lowerings: readonly ((model: Model, build: typeof gradientGraph, frozen?: Names) => Graph)[] = [
  (model, build, frozen = []) => build(model, batch, targets.cpu, { frozen }),
  (model, build, frozen = []) => build(model, batch, targets.webgpu, { frozen }),
  (model, build, frozen = []) =>
    build(model, batch, targets.cpu, { frozen, algorithms: otherAlgorithms(model) }),
];

/** Of layers. */
type Names = readonly string[];

/** For each convolution one of the algorithms that suit it; the later in the table the more often. */
function otherAlgorithms({ layers }: Model): ConvAlgorithms {
  return Object.fromEntries(
    layers.flatMap((layer, i) => {
      if (layer.kind !== 'conv2d') return [];
      const input = layer.inputs.map(({ shape }) => [batch, ...sizes(shape)])[0] ?? [];
      const candidates = suitable(convShape(input, layer.attributes));
      const chosen = candidates.at(-1 - (i % candidates.length));
      return chosen === undefined ? [] : [[layer.name, chosen]];
    }),
  );
}

/**
 * An activation may lie within rounding of a ReLU's kink, or two elements of a window be as good as equal. Then a
 * right gradient can differ; but not on every batch, where a wrong one does.
 */
const batches = [0, 1, 2] as const;
/** Of the models, how many may need another batch. */
const seldom = 0.03;

interface Computed {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

function feedsOf(model: Model, step: number) {
  return {
    ...Object.fromEntries(noiseWeights(model)),
    ...noiseLots(model, batch, step),
    ...noiseBatch(model, batch, step),
  };
}

async function compute(model: Model, step: number, graph: Graph): Promise<Computed> {
  const run = await compile(graph, 1);
  const { loss, ...found } = await run(feedsOf(model, step));
  const gradients = Object.entries(found).map(
    ([name, gradient]) => [name.replace(/\.gradient$/, ''), gradient] as const,
  );
  return { loss: loss?.[0] ?? Number.NaN, gradients: new Map(gradients) };
}

/**
 * What differs: the loss by a relative 1e-5, a gradient by 1e-4 of its L2 norm. A gradient under a hundredth of the
 * largest is compared at that size: where there is none at all (a bias before a norm) its rounding is left.
 */
function differences(found: Computed, expected: Computed): string[] {
  const largest = Math.max(...[...expected.gradients.values()].map(norm));
  const missing = [...expected.gradients.keys()].filter((name) => !found.gradients.has(name));
  const surplus = [...found.gradients.keys()].filter((name) => !expected.gradients.has(name));
  const differing = [...expected.gradients].flatMap(([name, gradient]) => {
    const ours = found.gradients.get(name) ?? new Float32Array(gradient.length);
    const difference = norm(ours.map((value, i) => value - (gradient[i] ?? Number.NaN)));
    const error = difference / (norm(gradient) + 1e-2 * largest);
    return error < 1e-4 ? [] : [`${name}: off by ${error.toExponential(1)}`];
  });
  const lossError = Math.abs(found.loss - expected.loss) / expected.loss;
  return [
    ...(lossError < 1e-5 ? [] : [`loss ${found.loss} for ${expected.loss}`]),
    ...missing.map((name) => `${name}: missing`),
    ...surplus.map((name) => `${name}: not expected`),
    ...differing,
  ];
}

/** What speaks against the gradients of one lowering, by differences of the loss. */
async function slopeDifferences(
  model: Model,
  step: number,
  { loss, gradients }: Computed,
): Promise<string[]> {
  const feeds = feedsOf(model, step);
  const lossAt = await lossOf(model, batch, feeds);
  const error = await slopeError(lossAt, feeds, gradients);
  return [
    ...(relativeError([loss], [await lossAt({})]) < 1e-5 ? [] : ['loss']),
    ...(error < 3e-2 ? [] : [`slope off by ${error.toExponential(1)}`]),
  ];
}

/** Each lowering against differences of the loss: the first directly, the others by the first. */
async function againstLoss(model: Model, step: number, build: typeof gradientGraph): Promise<string[]> {
  const [first, ...others] = await Promise.all(
    lowerings.map((lowering) => compute(model, step, lowering(model, build))),
  );
  if (first === undefined) return [];
  return [
    ...(await slopeDifferences(model, step, first)),
    ...others.flatMap((other) => differences(other, first)),
  ];
}

describe('random models', () => {
  const models = fc.sample(arbitraryModel(), { numRuns: runs, seed });

  const asDefault = PROPERTY_SEED === undefined && PROPERTY_RUNS === undefined;
  it.runIf(asDefault)('are of every kind of layer, with every option', () => {
    const layers = models.flatMap((model) => model.layers);
    // An ensemble's members learn by losses of their own: modelLoss.test.ts.
    const kinds = Object.keys(layerRules).filter((kind) => kind !== 'ensemble');
    expect([...new Set(layers.map(({ kind }) => kind))].sort()).toEqual(kinds.sort());
    const convolutions = layers.flatMap((layer) => {
      const channels = layer.inputs[0]?.shape[1] ?? 0;
      return layer.kind === 'conv2d' ? [{ ...layer.attributes, channels }] : [];
    });
    const drawn: Readonly<Record<string, boolean>> = {
      dilated: convolutions.some(({ dilation, kernel }) => dilation > 1 && kernel > 1),
      'dilated and strided': convolutions.some(({ dilation, stride }) => dilation > 1 && stride > 1),
      grouped: convolutions.some(({ groups, channels }) => groups > 1 && groups < channels),
      depthwise: convolutions.some(({ groups, channels }) => groups > 1 && groups === channels),
      'depthwise, strided': convolutions.some(
        ({ groups, channels, stride }) => groups === channels && groups > 1 && stride > 1,
      ),
      'depthwise, several filters': convolutions.some(
        ({ groups, channels, filters }) => groups > 1 && groups === channels && filters > channels,
      ),
      'without bias': convolutions.some(({ bias }) => !bias),
      unpadded: convolutions.some(({ padding }) => padding === 0),
      'gelu by tanh': layers.some(({ kind, attributes }) => {
        return kind === 'gelu' && 'approximate' in attributes && attributes.approximate === 'tanh';
      }),
      'layer norm of features': layers.some(({ kind, shape }) => kind === 'layerNorm' && shape.length === 2),
      'layer norm of images': layers.some(({ kind, shape }) => kind === 'layerNorm' && shape.length === 4),
      dropout: layers.some(
        ({ kind, attributes }) => kind === 'dropout' && 'rate' in attributes && attributes.rate > 0,
      ),
      joins: layers.some(({ inputs }) => new Set(inputs).size > 1),
      'a value with several consumers': models.some((model) => {
        const taken = model.layers.flatMap(({ inputs }) => inputs);
        return new Set(taken).size < taken.length;
      }),
    };
    expect(Object.entries(drawn).filter(([, found]) => !found)).toEqual([]);
  });

  it.for<[string, (model: Model, draw: number) => Names]>([
    ['', () => []],
    [' where some layers are frozen', someLayers],
  ])('have the loss and the gradients of PyTorch%s', async ([, freeze], { skip }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    let disagreeing: { readonly model: Model; readonly frozen: Names; readonly found: readonly string[] }[] =
      models.map((model, i) => ({ model, frozen: freeze(model, i), found: [] }));
    const shares: number[] = [];
    for (const step of batches) {
      const asked = disagreeing;
      if (asked.length === 0) break;
      const answers = torchGradients(python, asked, batch, step).map(fromTorch);
      disagreeing = [];
      for (const [i, { model, frozen }] of asked.entries()) {
        const expected = answers[i];
        const found: string[] = [];
        for (const lowering of lowerings) {
          const ours = await compute(model, step, lowering(model, gradientGraph, frozen));
          found.push(...differences(ours, expected ?? { loss: Number.NaN, gradients: new Map() }));
        }
        if (found.length > 0) disagreeing.push({ model, frozen, found });
      }
      shares.push(disagreeing.length / models.length);
    }
    // The smallest says most.
    const [smallest] = disagreeing.toSorted((a, b) => a.model.layers.length - b.model.layers.length);
    expect(
      smallest &&
        `${smallest.found.join('\n')}\n${summary(smallest.model)}\nfrozen: ${smallest.frozen.join()}`,
    ).toBeUndefined();
    expect(shares[0]).toBeLessThan(seldom);
  });

  it('have the gradients that differences of their loss give', async () => {
    let unlucky = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryModel(), async (model) => {
        const found: string[][] = [];
        for (const step of batches) {
          const now = await againstLoss(model, step, gradientGraph);
          if (now.length === 0) break;
          found.push(now);
        }
        if (found.length > 0) unlucky += 1;
        expect(found.length, found.map((each) => each.join(', ')).join('; ')).toBeLessThan(batches.length);
      }),
      { seed, numRuns: runs },
    );
    expect(unlucky / runs).toBeLessThan(seldom);
  });
});

function fromTorch({ loss, gradients }: TorchGradients): Computed {
  return { loss, gradients: new Map(Object.entries(gradients)) };
}

describe('a fault in the gradient rule', () => {
  /** A sum hands its gradient on as it is; the softmax is part of the loss, and so is an ensemble. */
  const without: ReadonlySet<string> = new Set<LayerKind>(['input', 'add', 'ensemble', 'softmax']);
  const kinds = Object.keys(layerRules).filter((kind) => !without.has(kind));

  it.each(kinds)('of %s is found', async (kind) => {
    let planted = false;
    let told = '';
    const result = await fc.check(
      fc.asyncProperty(arbitraryModel(), async (model) => {
        const layers = model.layers.filter((layer) => layer.kind === kind).map(({ name }) => name);
        planted = false;
        const found = await againstLoss(model, 0, (...options) => {
          const graph = gradientGraph(...options);
          planted = negate(graph, layers) || planted;
          return graph;
        });
        if (!planted) return true;
        told = found.join();
        return found.length === 0;
      }),
      { seed, numRuns: 100, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    // By its numbers, and not for another reason: a kink, or a graph that does not compile.
    expect(planted).toBe(true);
    expect(told).toContain('off by');
  });
});

/** Negates the last float that the gradients of these layers compute; tells whether there is one. */
function negate(graph: Graph, layers: readonly string[]): boolean {
  const index = graph.nodes.findLastIndex(
    ({ name, outputs }) =>
      layers.some((layer) => name.startsWith(`${layer}.gradient/`)) && outputs[0]?.dtype === 'float32',
  );
  const node = graph.nodes[index];
  const [output] = node?.outputs ?? [];
  if (node === undefined || output === undefined) return false;
  const right = new Value(graph, `${node.name}.right`, output);
  graph.nodes.splice(
    index,
    1,
    { ...node, outputs: [right] },
    { name: `${node.name}.fault`, operator: 'Neg', inputs: [right], outputs: [output], attributes: {} },
  );
  return true;
}
