/** Where a network looks, by the numbers of PyTorch's autograd in float64. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Model, model } from '../dsl/model.ts';
import type { N } from '../dsl/shape.ts';
import { add, concat, ensemble, input, type Tensor } from '../dsl/tensor.ts';
import { arbitraryModel } from '../dsl/testing/arbitraryModel.ts';
import { thrownBy } from '../dsl/testing/thrownBy.ts';
import { zoo } from '../dsl/zoo.ts';
import { checkGraph } from './checkGraph.ts';
import { explainedLayers, explainGraph } from './explainGraph.ts';
import type { Graph, Node } from './graph.ts';
import { initialize } from './initialize.ts';
import { askGradCam, gradCamRequest, readGradCam } from './reference/gradCam.ts';
import { noiseBatch, noiseWeights } from './reference/noise.ts';
import { pythonForTest } from './reference/python.ts';
import { type GradCamRequest, torchGradCam } from './reference/torchGradCam.ts';
import { checkGraphs } from './testing/onnxChecker.ts';
import { compile, relativeError } from './testing/run.ts';

/** Sums, gates and joined channels, as residual networks have them. */
function residual(): Model {
  const stem = input(24, 32).conv2d(8, { kernel: 3, stride: 2, bias: false }).batchNorm().relu();
  const inner = stem.conv2d(8, { kernel: 3, bias: false }).batchNorm().relu().conv2d(8, { kernel: 3 });
  const first = add(stem, inner.squeezeExcitation({ reduction: 2 })).relu();
  const wide = concat(first.maxPool({ kernel: 2 }), first.conv2d(4, { kernel: 3, stride: 2 }));
  const last = add(wide, wide.conv2d(12, { kernel: 3, groups: 2 }).groupNorm(3).silu()).relu();
  return model('residual', last.globalAveragePool().dropout(0.2).dense(5).softmax());
}

/** One request for the model's own layer, or the one named, on noise. */
function onNoise(of: Model, label: number, layer = explainedLayers(of)[0]?.name): GradCamRequest[] {
  if (layer === undefined) return [];
  return [{ model: of, weights: noiseWeights(of), images: noiseBatch(of, 1, 0).images, label, layer }];
}

async function mapOf(graph: Graph, { images, label }: Pick<GradCamRequest, 'images' | 'label'>) {
  const run = await compile(graph, 1);
  const { maps } = await run({ images, classes: BigInt64Array.of(BigInt(label)) });
  return maps ?? new Float32Array();
}

function replace(graph: Graph, name: string, change: (node: Node) => Node): void {
  const index = graph.nodes.findIndex((node) => node.name === name);
  const node = graph.nodes[index];
  if (node === undefined) throw new Error(`no node ${name} among ${graph.nodes.map((each) => each.name)}`);
  graph.nodes[index] = change(node);
}

/** Hands on a node's first input as it is. */
function bypass(graph: Graph, name: string): void {
  replace(graph, name, ({ inputs, outputs }) => ({
    name,
    operator: 'Identity',
    inputs: inputs.slice(0, 1),
    outputs,
    attributes: {},
  }));
}

const cnn = zoo.cnn3x3({ size: 32, classes: 4 });

describe('a map', () => {
  it.for([
    ['cnn3x3', [cnn], ['input', 'bn2', 'maxPool3', 'relu4'], 1e-5],
    ['a residual network', [residual()], ['relu1', 'se1_scale', 'concat1', 'silu1', 'relu4'], 1e-5],
    ['any model', fc.sample(arbitraryModel(), { numRuns: 60, seed: 2 }), [undefined], 1e-3],
  ] as const)('of %s is that of PyTorch', async ([, models, layers, tolerance], { skip }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    const requests = models.flatMap((each) =>
      layers.flatMap((layer) => [0, 1].flatMap((label) => onNoise(each, label, layer))),
    );
    const expected = torchGradCam(python, requests);
    expect(expected.filter((map) => map.some((x) => x > 0)).length).toBeGreaterThan(requests.length / 3);
    for (const [i, request] of requests.entries()) {
      const found = await mapOf(explainGraph(request.model, request.weights, request.layer), request);
      const where = `${request.layer} of model ${i}`;
      expect(relativeError(found, expected[i] ?? []), where).toBeLessThan(tolerance);
    }
  });

  it('is the one that was kept as a reference', async () => {
    const { layer, height, width, maps } = readGradCam();
    for (const [label, expected] of maps.entries()) {
      const request = gradCamRequest(label);
      const graph = explainGraph(request.model, request.weights);
      expect([layer, [1, height, width]]).toEqual([request.layer, graph.outputs[0]?.dims]);
      expect(relativeError(await mapOf(graph, request), expected)).toBeLessThan(1e-5);
    }
  });

  it('is refused for a class that there is not', async () => {
    const { model: of, weights, images } = gradCamRequest(0);
    await expect(mapOf(explainGraph(of, weights), { images, label: 3 })).rejects.toThrow(/out of.* bounds/);
  });
});

describe('the reference', () => {
  it('is what PyTorch gives now', ({ skip }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    const { maps, ...rest } = askGradCam(python);
    const { maps: kept, ...restKept } = readGradCam();
    expect(rest).toEqual(restKept);
    for (const [i, map] of maps.entries()) expect(relativeError(map, kept[i] ?? [])).toBeLessThan(1e-6);
  });

  const faults: Readonly<Record<string, (graph: Graph) => void>> = {
    'no ReLU': (graph) => bypass(graph, 'maps/Relu'),
    'no ReLU mask in a gradient': (graph) => bypass(graph, 'relu5.gradient/Mul'),
    'the largest gradient of a channel, not its mean': (graph) =>
      replace(graph, 'maps/ReduceMean', (node) =>
        node.operator === 'ReduceMean' ? { ...node, operator: 'ReduceMax' } : node,
      ),
  };

  it.each(Object.entries(faults))('finds a planted fault: %s', async (_, plant) => {
    const errors: number[] = [];
    for (const [label, expected] of readGradCam().maps.entries()) {
      const request = gradCamRequest(label);
      const graph = explainGraph(request.model, request.weights);
      plant(graph);
      errors.push(relativeError(await mapOf(graph, request), expected));
    }
    expect(Math.max(...errors)).toBeGreaterThan(0.1);
  });
});

it('passes our check and onnx.checker', ({ skip }) => {
  const graphs = Object.fromEntries(
    [cnn, residual(), ...fc.sample(arbitraryModel(), { numRuns: 20, seed: 3 })].flatMap((each, i) =>
      explainedLayers(each).length === 0 ? [] : [[`${i}`, explainGraph(each, initialize(each, 1))]],
    ),
  );
  for (const graph of Object.values(graphs)) checkGraph(graph);
  const python = pythonForTest('onnx');
  if (python === undefined) return skip();
  for (const [name, { error, differing, unknown }] of checkGraphs(python, graphs)) {
    expect({ error, differing, unknown }, name).toEqual({ error: null, differing: [], unknown: [] });
  }
});

describe('an ensemble', () => {
  const branch = (x: Tensor<[N, 3, 16, 16]>, filters: 4 | 6) =>
    x.conv2d(filters, { kernel: 3, stride: 2, name: `conv${filters}` }).relu({ name: `relu${filters}` });
  const head = { bias: false } as const;

  it('is explained by all members, as one network with the channels of all would be', async () => {
    const x = input(16, 16);
    const [four, six] = [branch(x, 4), branch(x, 6)];
    const members = model(
      'members',
      ensemble([
        four.globalAveragePool().dense(3, { ...head, name: 'dense4' }),
        six.globalAveragePool().dense(3, { ...head, name: 'dense6' }),
      ]),
    );
    const y = input(16, 16);
    const joined = concat(branch(y, 4), branch(y, 6)).globalAveragePool();
    const one = model('one', joined.dense(3, { ...head, name: 'dense' }).softmax());
    expect(explainedLayers(members).map(({ name }) => name)).toEqual(['relu4', 'relu6']);

    const weights = noiseWeights(members);
    const [of4, of6] = ['dense4.weight', 'dense6.weight'].map((name) => weights.get(name));
    const rows = [0, 1, 2].flatMap((row) => [
      ...(of4?.slice(4 * row, 4 * row + 4) ?? []),
      ...(of6?.slice(6 * row, 6 * row + 6) ?? []),
    ]);
    const halved = new Map([...weights, ['dense.weight', Float32Array.from(rows, (weight) => weight / 2)]]);
    const { images } = noiseBatch(members, 1, 0);
    const expected = await Promise.all(
      [0, 1, 2].map((label) => mapOf(explainGraph(one, halved), { images, label })),
    );
    expect(Math.max(...expected.flatMap((map) => [...map]))).toBeGreaterThan(0);
    for (const [label, map] of expected.entries()) {
      const found = await mapOf(explainGraph(members, weights), { images, label });
      expect(relativeError(found, map)).toBeLessThan(1e-4);
    }
  });
});

describe('the layer that is explained', () => {
  it.each([
    ['the last ReLU before its pool', cnn, 'relu4'],
    ['the last sum', residual(), 'relu4'],
    [
      'what has more than one place',
      model(
        'narrow',
        input(8, 8)
          .conv2d(4, { kernel: 3 })
          .conv2d(4, { kernel: 8, padding: 0 })
          .flatten()
          .dense(2)
          .softmax(),
      ),
      'conv1',
    ],
    [
      'no dropout',
      model('dropped', input(8, 8).conv2d(4, { kernel: 3 }).gelu().dropout(0.5).flatten().dense(2).softmax()),
      'gelu1',
    ],
  ])('is %s', (_, of, expected) => expect(explainedLayers(of).map(({ name }) => name)).toEqual([expected]));

  it.each([
    ['dense layers alone', zoo.baseline({ size: 16 })],
    [
      'a normalised input and dense layers',
      model('normed', input(8, 8).layerNorm().flatten().dense(2).softmax()),
    ],
    [
      'a convolution that leaves one place',
      model('single', input(8, 8).relu().conv2d(4, { kernel: 8, padding: 0 }).flatten().dense(2).softmax()),
    ],
  ])('is none of %s', (_, of) => {
    expect(explainedLayers(of)).toEqual([]);
    expect(thrownBy(() => explainGraph(of, initialize(of, 1))).problem).toMatchObject({
      code: 'explain',
      where: of.name,
      expected: 'a network with convolutions',
    });
  });

  it('can be asked for by name, if it has rows and columns', () => {
    const weights = initialize(cnn, 1);
    expect(explainGraph(cnn, weights, 'conv2').outputs.map(({ dims }) => dims)).toEqual([[1, 16, 16]]);
    expect(thrownBy(() => explainGraph(cnn, weights, 'conv22')).problem).toMatchObject({
      code: 'name',
      next: 'Did you mean conv2?',
    });
    expect(thrownBy(() => explainGraph(cnn, weights, 'dense1')).problem).toMatchObject({
      code: 'shape',
      where: 'dense1',
      found: '[N, 256]',
    });
  });
});
