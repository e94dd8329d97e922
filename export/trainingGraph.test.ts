/** A chunk of steps is the steps one after the other, to the last bit, with any number of threads. */
import { InferenceSession } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { model, parameters } from '../dsl/model.ts';
import { input } from '../dsl/tensor.ts';
import { initialize } from './initialize.ts';
import { encodeModel } from './onnx.ts';
import { optimizerSchema } from './optimizers.ts';
import { uniform } from './reference/noise.ts';
import { targets } from './targets.ts';
import { elementCount } from './tensorType.ts';
import { compile, type Feeds, type Run, relativeError, runner } from './testing/run.ts';
import { chunkGraph, stepGraph, type TrainingGraph } from './trainingGraph.ts';
import { batchInputs, nextName } from './trainingInterface.ts';
import type { TrainingOptions } from './trainingOptions.ts';

const declared = model(
  'small',
  input(16, 16)
    .conv2d(8, { kernel: 3, bias: false })
    .batchNorm()
    .relu()
    .maxPool({ kernel: 2 })
    .dropout(0.2)
    .conv2d(8, { kernel: 3, groups: 8, dilation: 2 })
    .groupNorm(2)
    .gelu()
    .squeezeExcitation({ reduction: 2 })
    .conv2d(8, { kernel: 5, stride: 2 })
    .layerNorm()
    .silu()
    .leakyRelu()
    .flatten()
    .dense(32)
    .relu()
    .dropout(0.5)
    .dense(5)
    .softmax(),
);
const plain: TrainingOptions = {
  batch: 6,
  optimizer: optimizerSchema.parse({ name: 'adam' }),
  target: targets.cpu,
};
const everything: TrainingOptions = {
  ...plain,
  optimizer: optimizerSchema.parse({ name: 'adamw' }),
  loss: { labelSmoothing: 0.1, focalGamma: 2, classWeights: [1, 2, 3, 4, 5] },
  clipNorm: 1,
  mixup: 0.2,
  ema: 0.99,
};
/** A whole block, halves of others, and dropout; gradients pass through what they lie above. */
const partlyFrozen: TrainingOptions = {
  ...everything,
  frozen: ['conv1', 'bn1', 'dropout1', 'gn1', 'conv3', 'dense1'],
};
const steps = 6;
type State = ReadonlyMap<string, Float32Array>;

/** What is fed from step `first` to step `last`, not included. */
function batches(training: TrainingGraph, first: number, last: number): Feeds {
  return Object.fromEntries(
    batchInputs(training).map(({ name, dtype, dims }) => {
      const perStep = elementCount(dims);
      const numbers = uniform(name, steps * perStep).slice(first * perStep, last * perStep);
      if (name === 'learning_rate') return [name, numbers.fill(1e-3)];
      // Pixels of 0 to 255; labels, and positions in the batch, of 0 to 4.
      return [
        name,
        dtype === 'float32' ? numbers : numbers.map((u) => Math.floor(u * (dtype === 'uint8' ? 256 : 5))),
      ];
    }),
  );
}

const weights = initialize(declared, 1);

function firstState({ state }: TrainingGraph): State {
  return new Map(
    state.map(({ name, dims }) => [name, weights.get(name) ?? new Float32Array(elementCount(dims))]),
  );
}

/** What is fed whatever the batch. */
function frozenFeeds({ frozen }: TrainingGraph): Feeds {
  return Object.fromEntries(frozen.map(({ name }) => [name, weights.get(name) ?? new Float32Array()]));
}

/** Runs the steps from each cut to the next in one go. */
async function train(training: TrainingGraph, cuts: readonly number[], threads: number) {
  return trainBy(await compile(training.graph, threads), training, cuts);
}

async function trainBy(run: Run, training: TrainingGraph, cuts: readonly number[]) {
  let state = firstState(training);
  const losses: number[] = [];
  const correct: number[] = [];
  for (const [i, first] of cuts.entries()) {
    const results = await run({
      ...frozenFeeds(training),
      ...Object.fromEntries(state),
      ...batches(training, first, cuts[i + 1] ?? steps),
    });
    state = new Map(training.state.map(({ name }) => [name, results[nextName(name)] ?? new Float32Array()]));
    losses.push(...(results['loss'] ?? []));
    correct.push(...(results['correct'] ?? []));
  }
  return { state, losses, correct };
}

describe.each([
  ['plain', plain],
  ['with every option', everything],
  ['with frozen layers', partlyFrozen],
])('a training graph, %s', (_, options) => {
  const chunk = chunkGraph(declared, options);
  const step = stepGraph(declared, options);

  it('gives the same bits however the steps are cut into chunks, and with 1, 2 or 3 threads', async () => {
    const whole = await train(chunk, [0], 1);
    expect(new Set(whole.losses).size).toBe(steps);
    // Counts of a batch of 6, and not the losses; fractions with mixup.
    for (const count of whole.correct) {
      expect(count).toBeGreaterThanOrEqual(0);
      expect(count).toBeLessThanOrEqual(6);
      if (options === plain) expect(count).toBe(Math.round(count));
    }
    expect(await train(chunk, [0, 1, 4], 1)).toEqual(whole);
    expect(await train(chunk, [0, 3], 2)).toEqual(whole);
    expect(await train(chunk, [0, 1, 2, 3, 4, 5], 3)).toEqual(whole);
  });

  it('gives the same bits as its step, one by one', async () => {
    expect(await train(step, [0, 1, 2, 3, 4, 5], 2)).toEqual(await train(chunk, [0], 2));
  });

  it('moves every parameter and every running statistic', async () => {
    const { state } = await train(chunk, [0], 2);
    for (const [name, before] of firstState(chunk)) expect(state.get(name), name).not.toEqual(before);
  });

  it('drops what its random numbers say', async () => {
    const run = await compile(step.graph);
    const lossWith = async (lots: number) => {
      const feeds = Object.entries({
        ...frozenFeeds(step),
        ...Object.fromEntries(firstState(step)),
        ...batches(step, 0, 1),
      });
      const drawn = feeds.map(
        ([name, data]) =>
          [name, name.endsWith('.uniform') ? new Float32Array(data.length).fill(lots) : data] as const,
      );
      return (await run(Object.fromEntries(drawn)))['loss']?.[0];
    };
    // Numbers under the rate drop everything; the last bias starts at zero, so the logits are equal.
    const equal = (await lossWith(0)) ?? Number.NaN;
    expect((await lossWith(0.99)) ?? Number.NaN).not.toBeCloseTo(equal, 3);
    if (options === plain) expect(equal).toBeCloseTo(Math.log(5), 5);
  });
});

describe('frozen layers', () => {
  const training = stepGraph(declared, partlyFrozen);
  const named = (tensors: readonly { readonly name: string }[]) => tensors.map(({ name }) => name);
  const ofFrozen = (name: string) => partlyFrozen.frozen?.some((layer) => name.startsWith(`${layer}.`));

  it('have parameters that are fed and not given back, and draw no lots', () => {
    const kept = named(parameters(declared)).filter(ofFrozen);
    for (const { graph, frozen, state } of [training, chunkGraph(declared, partlyFrozen)]) {
      expect(named(frozen)).toEqual(kept);
      expect(named(frozen.map(({ parameter }) => parameter))).toEqual(kept);
      expect(named(graph.inputs).filter(ofFrozen)).toEqual(kept);
      expect(named(graph.outputs).filter(ofFrozen)).toEqual([]);
      // Neither slots nor averages.
      expect(named(state).filter(ofFrozen)).toEqual([]);
    }
    expect(named(training.batch.uniform)).toEqual(['dropout2.uniform']);
  });

  it('share the parameters of the model with the state', () => {
    const trained = training.state.flatMap(({ parameter }) => (parameter === undefined ? [] : [parameter]));
    const kept = training.frozen.map(({ parameter }) => parameter);
    expect(named([...trained, ...kept]).sort()).toEqual(named(parameters(declared)).sort());
  });

  it('have no backward pass below what is trained', () => {
    const below = (...trained: readonly string[]) => {
      const frozen = named(declared.layers).filter((name) => !trained.includes(name));
      const { nodes } = stepGraph(declared, { ...everything, frozen }).graph;
      return [...new Set(nodes.flatMap(({ name }) => /^(.*)\.gradient\//.exec(name)?.[1] ?? []))];
    };
    expect(below('dense2')).toEqual(['dense2']);
    expect(below('dense1')).toEqual(['dense2', 'relu2', 'dense1']);
    expect(below('conv1', 'dense2')).toContain('conv3');
  });

  it('run in WebAssembly', async () => {
    const chunk = chunkGraph(declared, { ...partlyFrozen, target: targets.wasm });
    const session = await InferenceSession.create(encodeModel(chunk.graph), { executionProviders: ['wasm'] });
    const { losses } = await trainBy(runner(chunk.graph, session), chunk, [0]);
    const expected = await train(chunkGraph(declared, partlyFrozen), [0], 1);
    expect(relativeError(losses, expected.losses)).toBeLessThan(1e-5);
  });

  it('have what follows from their parameters alone computed once for a chunk', () => {
    const options: TrainingOptions = { ...plain, algorithms: { conv1: 'winograd4' } };
    const { nodes } = chunkGraph(declared, { ...options, frozen: ['bn1', 'conv1'] }).graph;
    // Winograd's transform of the weights.
    expect(nodes.filter(({ name }) => name.startsWith('conv1/')).map(({ operator }) => operator)).toContain(
      'Gemm',
    );
    // What is not frozen is lowered with its pool, and has no choice of algorithm.
    expect(() => chunkGraph(declared, options)).toThrow('algorithms.conv1');
  });
});

describe('options that do not fit', () => {
  it.each<[string, Partial<TrainingOptions>, string]>([
    [
      'class weights of another number',
      { loss: { labelSmoothing: 0, focalGamma: 0, classWeights: [1, 2] } },
      'loss.classWeights: expected a weight for each of the 5 classes of small, found 2',
    ],
    [
      'mixup of a single image',
      { mixup: 0.2, batch: 1 },
      'mixup: expected batches of at least 2 images, to mix in pairs, found a batch of 1',
    ],
    [
      'a frozen layer that there is not',
      { frozen: ['conv1', 'bn9'] },
      'frozen: expected layers of small: input, conv1, bn1, relu1, maxPool1, ',
    ],
    ['one that is misspelt', { frozen: ['convl'] }, 'found convl. Did you mean conv1?'],
    [
      'every layer with parameters frozen',
      { frozen: declared.layers.map(({ name }) => name).filter((name) => name !== 'relu1') },
      'dense1, dense2. Leave out at least one, such as dense2.',
    ],
  ])('are refused: %s', (_, changed, message) => {
    expect(() => stepGraph(declared, { ...plain, ...changed })).toThrow(message);
  });
});
