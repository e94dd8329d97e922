/** The loss in all its forms against PyTorch's autograd and finite differences, over random inputs. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Graph } from './graph.ts';
import { type LossOptions, lossSchema, softmaxCrossEntropy } from './loss.ts';
import { callPython, pythonForTest } from './reference/python.ts';
import { compile, relativeError } from './testing/run.ts';

interface Case {
  readonly classes: number;
  readonly logits: Float32Array;
  readonly labels: readonly number[];
  readonly options: LossOptions;
  readonly mixup: { readonly partner: readonly number[]; readonly share: number } | null;
}

const between = (min: number, max: number) => fc.noBias(fc.double({ min, max, noNaN: true }));

const cases = fc
  .record({ images: fc.integer({ min: 1, max: 6 }), classes: fc.integer({ min: 2, max: 7 }) })
  .chain(({ images, classes }) =>
    fc.record({
      classes: fc.constant(classes),
      logits: fc
        .array(between(-8, 8), { minLength: images * classes, maxLength: images * classes })
        .map((numbers) => Float32Array.from(numbers)),
      labels: fc.array(fc.nat(classes - 1), { minLength: images, maxLength: images }),
      options: fc.record<LossOptions>({
        labelSmoothing: fc.option(between(0.01, 0.9), { nil: 0 }),
        focalGamma: fc.option(between(0.2, 4), { nil: 0 }),
        classWeights: fc.option(fc.array(between(0.1, 10), { minLength: classes, maxLength: classes }), {
          nil: 'none',
        }),
      }),
      mixup: fc.option(
        fc.record({
          partner: fc.shuffledSubarray(
            Array.from({ length: images }, (_, i) => i),
            { minLength: images },
          ),
          share: between(0, 1),
        }),
      ),
    }),
  );

/** The loss as a graph of its own. */
async function compiled({ classes, labels, options, mixup }: Case) {
  const images = labels.length;
  const graph = new Graph('loss');
  const logits = graph.input('logits', 'float32', [images, classes]);
  const wanted = graph.input('labels', 'int32', [images]);
  const mixing = mixup && {
    partner: graph.input('partner', 'int32', [images]),
    share: graph.input('share', 'float32', []),
  };
  const { loss, correct, gradient } = softmaxCrossEntropy(logits, wanted, options, mixing ?? undefined);
  graph.output('loss', loss);
  graph.output('correct', correct);
  graph.output('gradient', gradient);
  const run = await compile(graph.prune());
  const fixed = {
    labels: Int32Array.from(labels),
    ...(mixup && { partner: Int32Array.from(mixup.partner), share: Float32Array.of(mixup.share) }),
  };
  return (numbers: Float32Array) => run({ logits: numbers, ...fixed });
}

const answerSchema = z.array(z.object({ loss: z.number(), gradient: z.array(z.number()) }));

it('has the loss and the gradient of PyTorch', async ({ skip }) => {
  const python = pythonForTest('torch');
  if (python === undefined) return skip();
  const drawn: readonly Case[] = fc.sample(cases, { numRuns: 150, seed: 1 });
  const answers = answerSchema.parse(
    callPython(
      python,
      new URL('./reference/torch_losses.py', import.meta.url),
      drawn.map(({ logits, options: { labelSmoothing, focalGamma, classWeights }, ...rest }) => ({
        ...rest,
        logits: [...logits],
        options: {
          label_smoothing: labelSmoothing,
          focal_gamma: focalGamma,
          class_weights: classWeights === 'none' ? null : classWeights,
        },
      })),
    ),
  );
  for (const [i, each] of drawn.entries()) {
    const { loss, gradient } = await (await compiled(each))(each.logits);
    const expected = answers[i];
    const text = JSON.stringify(each);
    expect(relativeError(loss ?? [], [expected?.loss ?? Number.NaN]), text).toBeLessThan(1e-4);
    expect(relativeError(gradient ?? [], expected?.gradient ?? []), text).toBeLessThan(1e-4);
  }
});

it('has the gradient of finite differences', async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.gen(), async (each, gen) => {
      const run = await compiled(each);
      const direction = each.logits.map(() => gen(() => between(-1, 1)));
      // float32 carries 7 digits: a step much smaller drowns in rounding, a larger one in curvature.
      const step = 1e-2;
      const at = async (factor: number) =>
        (await run(each.logits.map((z, i) => z + factor * step * (direction[i] ?? 0))))['loss']?.[0] ??
        Number.NaN;
      const [ahead, behind] = [await at(1), await at(-1)];
      const { gradient } = await run(each.logits);
      const slope = (gradient ?? new Float32Array()).reduce((sum, g, i) => sum + g * (direction[i] ?? 0), 0);
      expect(Math.abs((ahead - behind) / (2 * step) - slope)).toBeLessThan(2e-3);
    }),
    { numRuns: 60, seed: 1 },
  );
});

it('stays finite where a class is certain, and where it is hopeless', async () => {
  for (const focalGamma of [0, 0.5, 1, 2]) {
    const run = await compiled({
      classes: 3,
      logits: new Float32Array(),
      labels: [0, 1],
      options: lossSchema.parse({ focalGamma }),
      mixup: null,
    });
    const { loss, gradient } = await run(Float32Array.of(200, -200, 0, 200, -200, 0));
    // The first image is right, the second wrong by 400 nats.
    expect(loss?.[0]).toBeCloseTo(200, 3);
    expect([...(gradient ?? [])].every(Number.isFinite), `${gradient}`).toBe(true);
  }
});

it('counts an answer for as much as the label that it names has of the mixture', async () => {
  const mixed = (labels: readonly number[], partner: readonly number[]) =>
    compiled({
      classes: 3,
      logits: new Float32Array(),
      labels,
      options: lossSchema.parse({}),
      mixup: { partner, share: 0.75 },
    });
  // Answers 0 and 1.
  const logits = Float32Array.of(5, 0, 0, 0, 5, 0);
  const counted = async (labels: readonly number[], partner: readonly number[]) =>
    (await (await mixed(labels, partner))(logits))['correct']?.[0];
  expect(await counted([0, 1], [1, 0])).toBe(1.5);
  expect(await counted([1, 0], [1, 0])).toBe(0.5);
  expect(await counted([0, 1], [0, 1])).toBe(2);
  expect(await counted([2, 2], [1, 0])).toBe(0);
});
