/** What a model answers does not depend on the batch that an image is in, and is what it was trained to answer. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryModel } from '../dsl/testing/arbitraryModel.ts';
import { evaluationGraph } from './inferenceGraph.ts';
import { noiseBatch, noiseWeights } from './reference/noise.ts';
import { targets } from './targets.ts';
import { logitsGraph } from './testing/gradientGraph.ts';
import { compile, relativeError } from './testing/run.ts';

it('any model answers for one image as for several, and as in training where that knows no batch', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryModel({ dropout: false, ensembles: true }), async (model) => {
      const batch = 3;
      const weights = Object.fromEntries(noiseWeights(model));
      const { images } = noiseBatch(model, batch, 0);
      const run = await compile(evaluationGraph(model), 1);
      const { probabilities = new Float32Array(), energy = [] } = await run({ ...weights, images });
      expect(probabilities).toHaveLength(batch * model.classes);
      for (let i = 0; i < batch; i += 1) {
        const size = images.length / batch;
        const alone = await run({ ...weights, images: images.slice(i * size, (i + 1) * size) });
        const together = probabilities.slice(i * model.classes, (i + 1) * model.classes);
        expect(relativeError(alone['probabilities'] ?? [], together)).toBeLessThan(1e-5);
      }
      // Batch norm alone tells training from inference.
      if (model.layers.some(({ kind }) => kind === 'batchNorm')) return;
      const train = await compile(logitsGraph(model, batch, targets.cpu), 1);
      const { logits = new Float32Array() } = await train({ ...weights, images });
      expect(relativeError(softmax(logits, model.classes), probabilities)).toBeLessThan(1e-5);
      expect(relativeError(energy, energies(logits, model.classes))).toBeLessThan(1e-5);
    }),
    { seed: 1, numRuns: 60 },
  );
});

it('answers by the mean of the logits of image and mirror image, divided by the temperature', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryModel({ dropout: false, ensembles: true }),
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      async (model, temperature) => {
        const batch = 2;
        const { classes, input } = model;
        const weights = Object.fromEntries(noiseWeights(model));
        const { images } = noiseBatch(model, batch, 0);
        const plain = await compile(evaluationGraph(model), 1);
        const logitsOf = async (pixels: Uint8Array) => {
          const { probabilities = new Float32Array(), energy = [] } = await plain({
            ...weights,
            images: pixels,
          });
          // log p = z + energy, at a temperature of 1.
          return Array.from(
            probabilities,
            (p, i) => Math.log(p) - (energy[Math.floor(i / classes)] ?? Number.NaN),
          );
        };
        const mirrored = await logitsOf(mirror(images, input.width));
        const logits = Float32Array.from(
          await logitsOf(images),
          (z, i) => (z + (mirrored[i] ?? Number.NaN)) / 2,
        );
        const run = await compile(evaluationGraph(model, { mirror: true, temperature }), 1);
        const { probabilities = [], energy = [] } = await run({ ...weights, images });
        const scaled = logits.map((z) => z / temperature);
        expect(relativeError(probabilities, softmax(scaled, classes))).toBeLessThan(1e-4);
        expect(relativeError(energy, energies(logits, classes))).toBeLessThan(1e-4);
      },
    ),
    { seed: 1, numRuns: 30 },
  );
});

/** uint8 `[N, H, W, 3]` with left and right changed. */
function mirror(images: Uint8Array, width: number): Uint8Array {
  return images.map((_, i) => {
    const [channel, column] = [i % 3, Math.floor(i / 3) % width];
    return images[i - channel - 3 * column + 3 * (width - 1 - column) + channel] ?? 0;
  });
}

function energies(logits: Float32Array, classes: number): number[] {
  return Array.from({ length: logits.length / classes }, (_, image) => {
    const row = logits.subarray(image * classes, (image + 1) * classes);
    return -Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
  });
}

function softmax(logits: Float32Array, classes: number): number[] {
  return Array.from(logits, (logit, i) => {
    const first = i - (i % classes);
    const row = Array.from(logits.subarray(first, first + classes));
    return 1 / row.reduce((sum, other) => sum + Math.exp(other - logit), 0);
  });
}
