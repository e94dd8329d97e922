/** A model file as it was kept, and the same model with smaller weights, on the images of val. */
import { setImmediate } from 'node:timers/promises';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';
import { readModelMetadata, withWeightType } from '../../export/modelFile.ts';
import { openClassifier } from '../../runtime/classifier.ts';
import type { Dataset } from '../data/dataset.ts';
import { openPixelCache, type PixelCache } from '../data/pixelCache.ts';
import { openPreprocessing } from '../preprocess.ts';
import { type Answers, accuracyOf, agreementOf, largestChangeOf } from './agreement.ts';
import { type Int8Model, type SmallType, sha256 } from './int8Results.ts';

/** Told the images done so far of a task. */
export type OnProgress = (task: string, done: number, total: number) => void;

/** Images at a time. */
const batch = 64;

/**
 * Measures on val, never on test: what is found decides which weights a model is published with.
 *
 * @throws AreographError 'model' if the bytes are no model of this project, or one of other classes than the data set's
 */
export async function measureModel(
  bytes: Uint8Array,
  where: string,
  dataset: Dataset,
  onProgress: OnProgress,
): Promise<Int8Model> {
  const { architecture, classes } = readModelMetadata(bytes, where);
  requireClasses(classes, where, dataset);
  const { height, width } = fromArchitecture(architecture).input;
  const { key, preprocess } = await openPreprocessing({ height, width });
  const pixels = await openPixelCache({
    dataset,
    split: 'val',
    size: height,
    key,
    preprocess,
    onProgress: (done, total) => onProgress('decoding val', done, total),
  });
  try {
    const answer = (file: Uint8Array, task: string) =>
      answersOf(file, where, { height, width }, pixels, (done, total) => onProgress(task, done, total));
    const own = await answer(bytes, 'as kept');
    const measure = async (weightType: SmallType) => {
      const file = withWeightType(bytes, where, weightType);
      const answers = await answer(file, weightType);
      return {
        bytes: file.length,
        accuracy: accuracyOf(answers, pixels.labels),
        agreement: agreementOf(answers, own),
        largestChange: largestChangeOf(answers, own),
      };
    };
    return {
      sha256: sha256(bytes),
      bytes: bytes.length,
      accuracy: accuracyOf(own, pixels.labels),
      weights: { float16: await measure('float16'), int8: await measure('int8') },
    };
  } finally {
    pixels.close();
  }
}

function requireClasses(found: readonly string[], where: string, { classes, directory }: Dataset): void {
  if (found.join('\n') === classes.join('\n')) return;
  throw new AreographError({
    code: 'model',
    where,
    expected: `the classes of ${directory}: ${classes.join(', ')}`,
    found: found.join(', '),
    next: 'Give the images that it was trained on with --data.',
  });
}

/** What a model file answers for each image, in the order of the split. */
async function answersOf(
  bytes: Uint8Array,
  where: string,
  size: { readonly height: number; readonly width: number },
  pixels: PixelCache,
  onProgress: (done: number, total: number) => void,
): Promise<Answers> {
  const classifier = await openClassifier({ where, bytes }, { device: 'cpu' });
  try {
    const answers: Float32Array[] = [];
    while (answers.length < pixels.count) {
      const count = Math.min(batch, pixels.count - answers.length);
      const images = Array.from({ length: count }, (_, i) => {
        const data = new Uint8Array(pixels.imageBytes);
        pixels.read([answers.length + i], data);
        return { ...size, data };
      });
      answers.push(...(await classifier.predict(images)));
      onProgress(answers.length, pixels.count);
      // Signals are delivered between runs: the runtime blocks while it computes.
      await setImmediate();
    }
    return answers;
  } finally {
    await classifier.release();
  }
}
