/**
 * Fine-tuning: a trained network learns classes of one's own from a few images, by the training graph that the compiler
 * makes for the browser. It knows no page: what it needs it is given, and what it does it reports.
 */
import { encodeModelFile, type ModelMetadata, readModelMetadata } from '../../export/modelFile.ts';
import { dataOf } from '../../export/namedTensor.ts';
import { optimizerSchema } from '../../export/optimizers.ts';
import { openResizing } from '../../runtime/resizing.ts';
import { Evaluator } from '../../train/evaluator.ts';
import { nextTask } from '../../train/nextTask.ts';
import { compileTraining, TrainingSession } from '../../train/trainingSession.ts';
import { type Best, batch, train } from './epochs.ts';
import type { FineTuned, FineTuningParts } from './fineTuningParts.ts';
import { type Adapted, adapt } from './head.ts';
import { type LabelledPixels, memoryPixels } from './memoryPixels.ts';
import { startingWeights } from './startingWeights.ts';

const optimizer = optimizerSchema.parse({ name: 'adamw', weightDecay: 0.01 });

/**
 * Trains a head for new classes on a network's layers, or all of them from where they are.
 *
 * @throws AreographError 'model' for a base that cannot be trained on, 'run' if training diverges; what reading a sample
 *   throws; the signal's reason if it comes before the first step
 */
export async function fineTune(parts: FineTuningParts): Promise<FineTuned> {
  const { runtime, target, base, samples, settings, signal, onProgress } = parts;
  const { name, classes, layers, seed } = settings;
  const adapted = adapt(readModelMetadata(base.bytes, base.where).architecture, name, classes.length);
  const { model } = adapted;
  const images = await readAll(parts, adapted);
  const pixelsOf = (wanted: boolean) =>
    memoryPixels(
      images.filter((_, place) => samples[place]?.heldBack === wanted),
      3 * model.input.height * model.input.width,
    );
  const held = pixelsOf(true);

  const frozen = layers === 'head' ? adapted.body : [];
  const compiled = compileTraining(model, { batch, optimizer, target, frozen });
  const session = await TrainingSession.open(compiled, runtime, startingWeights(base, adapted, seed));
  const evaluator = held.count === 0 ? undefined : await Evaluator.open(model, runtime);
  try {
    signal.throwIfAborted();
    const best = await train({
      settings,
      goesOn: base.goesOn,
      size: model.input,
      pixels: pixelsOf(false),
      session,
      signal,
      onProgress,
      // To its end, whatever the signal: what is kept has been judged.
      evaluate: async (weights) =>
        evaluator?.evaluate(weights, held, new AbortController().signal, () => undefined),
    });
    const { epoch, weights, evaluation } = best;
    const places = samples.flatMap(({ heldBack }, sample) => (heldBack ? [sample] : []));
    return {
      // Temperature and threshold were measured of the base's head; the mirror image is left out, as the evaluation does.
      bytes: encodeModelFile(model, dataOf(weights), {
        classes: [...classes],
        provenance: provenanceOf(parts, best),
      }),
      epoch,
      heldBack: evaluation && {
        loss: evaluation.loss,
        accuracy: evaluation.accuracy,
        answers: places.map((sample, i) => ({
          sample,
          label: held.labels[i] ?? -1,
          predicted: evaluation.predictions[i] ?? -1,
        })),
      },
    };
  } finally {
    await session.close();
    await evaluator?.close();
  }
}

/** Every sample as the network will see it. */
async function readAll(
  { runtime, samples, signal, onProgress }: FineTuningParts,
  { model }: Adapted,
): Promise<LabelledPixels[]> {
  const resizing = await openResizing(model.input, runtime);
  try {
    const images: LabelledPixels[] = [];
    for (const { label, read } of samples) {
      images.push({ label, data: await resizing.resize(await read()) });
      onProgress({ kind: 'images', done: images.length, total: samples.length });
      await nextTask();
      signal.throwIfAborted();
    }
    return images;
  } finally {
    await resizing.release();
  }
}

/** What the model file says of where its weights come from. */
function provenanceOf(
  { base, samples, settings }: FineTuningParts,
  { epoch, evaluation }: Best,
): ModelMetadata['provenance'] {
  const { classes, layers, seed, learningRate } = settings;
  const counts = classes.map((name, label) => {
    const count = samples.filter((sample) => sample.label === label).length;
    return `${name} ${count}`;
  });
  return {
    data: `images given in the browser: ${counts.join(', ')}`,
    base: base.where,
    trained: layers === 'head' ? 'the last dense layer' : 'all layers',
    seed,
    learningRate,
    epoch,
    ...(evaluation && {
      heldBackImages: evaluation.predictions.length,
      heldBackAccuracy: evaluation.accuracy,
    }),
  };
}
