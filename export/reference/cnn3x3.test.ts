import { describe, expect, it } from 'vitest';
import { type Optimizer, optimizerSchema } from '../optimizers.ts';
import { targets } from '../targets.ts';
import { gradientGraph } from '../testing/gradientGraph.ts';
import { compile, relativeError } from '../testing/run.ts';
import { stepGraph, type TrainingGraph } from '../trainingGraph.ts';
import { nextName, stepCount } from '../trainingInterface.ts';
import { readReference, referenceModel, request } from './cnn3x3.ts';
import { noiseBatch, noiseWeights } from './noise.ts';
import { pythonForTest } from './python.ts';
import { askTorch, type ReferenceTensor, referenceSchema } from './torch.ts';

const model = referenceModel();
const reference = readReference();
const ours: { readonly [Label in keyof typeof request.optimizers]: { optimizer: Optimizer; rate: number } } =
  {
    sgd: { optimizer: optimizerSchema.parse({ name: 'sgd', momentum: 0.9 }), rate: 0.01 },
    adam: { optimizer: optimizerSchema.parse({ name: 'adam' }), rate: 0.001 },
    adamw: { optimizer: optimizerSchema.parse({ name: 'adamw', weightDecay: 1 }), rate: 0.01 },
  };

function sampled(data: Float32Array | undefined, { step }: ReferenceTensor): Float32Array {
  return (data ?? new Float32Array()).filter((_, i) => i % step === 0);
}

function errors(
  found: ReadonlyMap<string, Float32Array>,
  expected: Readonly<Record<string, ReferenceTensor>>,
) {
  return Object.entries(expected).map(
    ([name, tensor]) => [name, relativeError(sampled(found.get(name), tensor), tensor.data)] as const,
  );
}

/** Runs the reference's steps on noise; gives losses and the last state. */
async function train({ graph, state, batch }: TrainingGraph, rate: number) {
  const run = await compile(graph);
  const weights = noiseWeights(model);
  let current = new Map(
    state.map(({ name, dims }) => [
      name,
      weights.get(name) ?? new Float32Array(dims.reduce((a, b) => a * b, 1)),
    ]),
  );
  const losses: number[] = [];
  for (let step = 0; step < request.steps; step += 1) {
    const { images, labels } = noiseBatch(model, request.batch, step);
    const results = await run({
      ...Object.fromEntries(current),
      [batch.images.name]: images,
      [batch.labels.name]: labels,
      [batch.learningRate.name]: Float32Array.of(rate),
    });
    losses.push(results['loss']?.[0] ?? Number.NaN);
    current = new Map(state.map(({ name }) => [name, results[nextName(name)] ?? new Float32Array()]));
  }
  return { losses, state: current };
}

describe.each(['cpu', 'webgpu'] as const)('a cnn3x3 training step lowered for %s', (name) => {
  const target = targets[name];

  it('has the loss of PyTorch to 1e-5 and its gradients to 1e-4', async () => {
    const run = await compile(gradientGraph(model, request.batch, target));
    const results = await run({
      ...Object.fromEntries(noiseWeights(model)),
      ...noiseBatch(model, request.batch, 0),
    });
    const expected = reference.runs['sgd']?.losses[0] ?? Number.NaN;
    expect(Math.abs((results['loss']?.[0] ?? Number.NaN) - expected) / expected).toBeLessThan(1e-5);
    const gradients = new Map(
      Object.entries(results).map(([key, data]) => [key.replace(/\.gradient$/, ''), data]),
    );
    const compared = errors(gradients, reference.gradients);
    expect(compared).toHaveLength(16);
    for (const [tensor, error] of compared) expect(error, tensor).toBeLessThan(1e-4);
  });

  it.each(Object.entries(ours))(
    'has the weights of PyTorch after 3 steps of %s to 1e-3',
    async (label, { optimizer, rate }) => {
      const expected = reference.runs[label];
      const { losses, state } = await train(
        stepGraph(model, { batch: request.batch, optimizer, target }),
        rate,
      );
      expect(relativeError(losses, expected?.losses ?? [])).toBeLessThan(1e-4);
      const compared = errors(state, expected?.state ?? {});
      expect(compared).toHaveLength(24);
      for (const [tensor, error] of compared) expect(error, tensor).toBeLessThan(1e-3);
      expect(state.get(stepCount)?.[0]).toBe(3);
    },
  );
});

describe('the reference', () => {
  it('is what PyTorch gives now', ({ skip }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    const now = referenceSchema.parse(askTorch(python, model, request));
    for (const [label, { losses, state }] of Object.entries(now.runs)) {
      expect(relativeError(losses, reference.runs[label]?.losses ?? [])).toBeLessThan(1e-5);
      for (const [name, tensor] of Object.entries(state)) {
        expect(relativeError(tensor.data, reference.runs[label]?.state[name]?.data ?? []), name).toBeLessThan(
          1e-4,
        );
      }
    }
  });
});
