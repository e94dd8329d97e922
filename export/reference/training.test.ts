/** Every option of training, held against PyTorch over 20 steps: step by step and as one chunk. */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toArchitecture } from '../../dsl/architecture.ts';
import { layerParameters, model, parameters } from '../../dsl/model.ts';
import { input } from '../../dsl/tensor.ts';
import { type LossOptions, lossSchema } from '../loss.ts';
import { optimizerSchema } from '../optimizers.ts';
import { targets } from '../targets.ts';
import { elementCount } from '../tensorType.ts';
import { compile, type Feeds, relativeError } from '../testing/run.ts';
import { chunkGraph, stepGraph, type TrainingGraph } from '../trainingGraph.ts';
import { nextName } from '../trainingInterface.ts';
import type { TrainingOptions } from '../trainingOptions.ts';
import { noiseBatch, noiseWeights, uniform } from './noise.ts';
import { callPython, pythonForTest } from './python.ts';
import { tensorSchema } from './torch.ts';

const declared = model(
  'small',
  input(16, 16)
    .conv2d(8, { kernel: 3, bias: false })
    .batchNorm()
    .relu()
    .maxPool({ kernel: 2 })
    .conv2d(8, { kernel: 3, stride: 2 })
    .leakyRelu()
    .flatten()
    .dense(16)
    .relu()
    .dense(5)
    .softmax(),
);
const batch = 6;
const steps = 20;
/** Another rate for each step, as a schedule feeds them. */
const learningRates = Array.from({ length: steps }, (_, step) => 0.002 * (1 + Math.sin(step)));
const mixup = {
  // Rotations of the batch, a different one in each step.
  partners: Array.from({ length: steps }, (_, step) =>
    Array.from({ length: batch }, (_, image) => (image + 1 + step) % batch),
  ),
  shares: [...uniform('shares', steps)],
};

/** A run with our options, and what it is called in PyTorch. */
interface Run {
  readonly options: Omit<TrainingOptions, 'batch' | 'target'>;
  readonly torch: {
    readonly optimizer: { readonly name: string; readonly [option: string]: number | boolean | string };
    readonly loss?: {
      readonly label_smoothing?: number;
      readonly focal_gamma?: number;
      readonly class_weights?: readonly number[];
    };
    readonly clipNorm?: number;
    readonly ema?: number;
    readonly mixup?: boolean;
  };
}

const plain = optimizerSchema.parse({ name: 'sgd', momentum: 0 });
const plainTorch = { name: 'sgd' } as const;
const loss = (options: z.input<typeof lossSchema>): LossOptions => lossSchema.parse(options);
const classWeights = [0.2, 3, 1, 0.5, 2];

const everything: Run = {
  options: {
    optimizer: optimizerSchema.parse({ name: 'adamw', weightDecay: 1, epsilon: 1e-3 }),
    loss: loss({ labelSmoothing: 0.1, classWeights, focalGamma: 1.5 }),
    clipNorm: 0.5,
    mixup: 0.2,
    ema: 0.9,
  },
  torch: {
    optimizer: { name: 'adamw', weight_decay: 1, eps: 1e-3 },
    loss: { label_smoothing: 0.1, class_weights: classWeights, focal_gamma: 1.5 },
    clipNorm: 0.5,
    mixup: true,
    ema: 0.9,
  },
};

const runs: Readonly<Record<string, Run>> = {
  'sgd without momentum': { options: { optimizer: plain }, torch: { optimizer: plainTorch } },
  'sgd with momentum and weight decay': {
    options: { optimizer: optimizerSchema.parse({ name: 'sgd', momentum: 0.9, weightDecay: 5 }) },
    torch: { optimizer: { name: 'sgd', momentum: 0.9, weight_decay: 5 } },
  },
  'sgd with Nesterov momentum and weight decay': {
    options: {
      optimizer: optimizerSchema.parse({ name: 'sgd', momentum: 0.8, nesterov: true, weightDecay: 5 }),
    },
    torch: { optimizer: { name: 'sgd', momentum: 0.8, nesterov: true, weight_decay: 5 } },
  },
  adam: {
    options: {
      optimizer: optimizerSchema.parse({ name: 'adam', beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }),
    },
    torch: { optimizer: { name: 'adam', beta1: 0.8, beta2: 0.95, eps: 1e-3 } },
  },
  adamw: {
    options: { optimizer: optimizerSchema.parse({ name: 'adamw', weightDecay: 10, epsilon: 1e-3 }) },
    torch: { optimizer: { name: 'adamw', weight_decay: 10, eps: 1e-3 } },
  },
  'clipping by global norm': {
    options: { optimizer: plain, clipNorm: 0.5 },
    torch: { optimizer: plainTorch, clipNorm: 0.5 },
  },
  'a limit that no gradient reaches': {
    options: { optimizer: plain, clipNorm: 1e6 },
    torch: { optimizer: plainTorch, clipNorm: 1e6 },
  },
  // Half of the 20 steps are averaged with the decay that warms up, half with the one given.
  'a moving average of the weights': {
    options: { optimizer: plain, ema: 0.5 },
    torch: { optimizer: plainTorch, ema: 0.5 },
  },
  'label smoothing': {
    options: { optimizer: plain, loss: loss({ labelSmoothing: 0.2 }) },
    torch: { optimizer: plainTorch, loss: { label_smoothing: 0.2 } },
  },
  'class weights': {
    options: { optimizer: plain, loss: loss({ classWeights }) },
    torch: { optimizer: plainTorch, loss: { class_weights: classWeights } },
  },
  'focal loss': {
    options: { optimizer: plain, loss: loss({ focalGamma: 2 }) },
    torch: { optimizer: plainTorch, loss: { focal_gamma: 2 } },
  },
  mixup: { options: { optimizer: plain, mixup: 1 }, torch: { optimizer: plainTorch, mixup: true } },
  'all at once': everything,
  'the head alone': {
    options: {
      optimizer: plain,
      frozen: ['conv1', 'bn1', 'relu1', 'maxPool1', 'conv2', 'flatten1', 'dense1'],
      clipNorm: 0.5,
    },
    torch: { optimizer: plainTorch, clipNorm: 0.5 },
  },
  // Gradients pass through a frozen dense layer and a frozen norm.
  'a frozen norm after a convolution that learns': {
    options: { optimizer: plain, frozen: ['bn1', 'dense1'] },
    torch: { optimizer: plainTorch },
  },
  'a frozen convolution before a norm that learns': {
    options: { optimizer: plain, frozen: ['conv1'], ema: 0.5 },
    torch: { optimizer: plainTorch, ema: 0.5 },
  },
  'all at once, some layers frozen': {
    options: { ...everything.options, frozen: ['conv1', 'bn1', 'dense1'] },
    torch: everything.torch,
  },
};

const answerSchema = z.record(
  z.string(),
  z.object({ losses: z.array(z.number()), state: z.record(z.string(), tensorSchema) }),
);

/** What steps `first` to `last`, not included, are fed. */
function feedsOf({ batch: described }: TrainingGraph, first: number, last: number): Feeds {
  const batches = Array.from({ length: last - first }, (_, i) => noiseBatch(declared, batch, first + i));
  return {
    images: Uint8Array.from(batches.flatMap(({ images }) => [...images])),
    labels: Int32Array.from(batches.flatMap(({ labels }) => [...labels])),
    learning_rate: Float32Array.from(learningRates.slice(first, last)),
    ...(described.mixup && {
      [described.mixup.partner.name]: Int32Array.from(mixup.partners.slice(first, last).flat()),
      [described.mixup.share.name]: Float32Array.from(mixup.shares.slice(first, last)),
    }),
  };
}

/** Trains for all steps, `perRun` of them at a time. */
async function train(training: TrainingGraph, perRun: number) {
  const run = await compile(training.graph);
  const weights = noiseWeights(declared);
  const frozen = Object.fromEntries(
    training.frozen.map(({ name }) => [name, weights.get(name) ?? new Float32Array()]),
  );
  let state = new Map(
    training.state.map(({ name, dims }) => [name, weights.get(name) ?? new Float32Array(elementCount(dims))]),
  );
  const losses: number[] = [];
  for (let step = 0; step < steps; step += perRun) {
    const results = await run({
      ...frozen,
      ...Object.fromEntries(state),
      ...feedsOf(training, step, step + perRun),
    });
    losses.push(...(results['loss'] ?? []));
    state = new Map(training.state.map(({ name }) => [name, results[nextName(name)] ?? new Float32Array()]));
  }
  return { losses, state };
}

describe('20 steps', () => {
  const python = pythonForTest('torch');
  let answers: z.infer<typeof answerSchema> = {};

  // One process for all: importing torch takes longer than training.
  beforeAll(() => {
    if (python === undefined) return;
    const torch = Object.entries(runs).map(([label, run]) => {
      const { beta1 = 0.9, beta2 = 0.999, ...optimizer } = run.torch.optimizer;
      const betas = optimizer.name === 'sgd' ? {} : { betas: [beta1, beta2] };
      const { frozen } = run.options;
      return [label, { ...run.torch, frozen, optimizer: { ...optimizer, ...betas } }] as const;
    });
    answers = answerSchema.parse(
      callPython(python, new URL('./torch_training.py', import.meta.url), {
        architecture: toArchitecture(declared),
        classes: declared.classes,
        parameters: Object.fromEntries(parameters(declared).map(({ name, shape }) => [name, shape])),
        batch,
        learningRates,
        mixup,
        runs: Object.fromEntries(torch),
      }),
    );
  }, 120_000);

  it.each(Object.entries(runs))('with %s end where PyTorch does', async (label, { options }) => {
    const one = await train(stepGraph(declared, { batch, target: targets.cpu, ...options }), 1);
    const chunk = await train(chunkGraph(declared, { batch, target: targets.cpu, ...options }), steps);
    expect(chunk).toEqual(one);

    if (python === undefined) return;
    const answer = answers[label];
    expect(relativeError(one.losses, answer?.losses ?? [])).toBeLessThan(1e-4);
    const expected = Object.entries(answer?.state ?? {}).filter(
      ([name]) => !options.frozen?.some((layer) => name.startsWith(`${layer}.`)),
    );
    const trained = declared.layers
      .filter(({ name }) => !options.frozen?.includes(name))
      .flatMap((layer) => layerParameters(layer)).length;
    expect(expected).toHaveLength(options.ema === undefined ? trained : 2 * trained);
    for (const [name, { data }] of expected) {
      expect(relativeError(one.state.get(name) ?? [], data), name).toBeLessThan(1e-3);
    }
  });
});
