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
    fc.asyncProperty(arbitraryModel({ dropout: false }), async (model) => {
      const batch = 3;
      const weights = Object.fromEntries(noiseWeights(model));
      const { images } = noiseBatch(model, batch, 0);
      const run = await compile(evaluationGraph(model), 1);
      const { probabilities = new Float32Array() } = await run({ ...weights, images });
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
    }),
    { seed: 1, numRuns: 60 },
  );
});

function softmax(logits: Float32Array, classes: number): number[] {
  return Array.from(logits, (logit, i) => {
    const first = i - (i % classes);
    const row = Array.from(logits.subarray(first, first + classes));
    return 1 / row.reduce((sum, other) => sum + Math.exp(other - logit), 0);
  });
}
