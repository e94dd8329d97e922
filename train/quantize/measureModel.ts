/** A model file as it was kept, and the same model with smaller weights, on the images of val. */
import { fromArchitecture } from '../../dsl/architecture.ts';
import { readModelMetadata, withWeightType } from '../../export/modelFile.ts';
import type { Dataset } from '../data/dataset.ts';
import { accuracyOf, agreementOf, largestChangeOf } from './agreement.ts';
import { answersOf, type OnProgress, openSplit, requireClasses } from './answersOf.ts';
import { type Int8Model, type SmallType, sha256 } from './int8Results.ts';

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
  const { input } = fromArchitecture(architecture);
  const pixels = await openSplit(dataset, 'val', input, onProgress);
  try {
    const answer = (file: Uint8Array, task: string) =>
      answersOf(file, where, input, pixels, (done, total) => onProgress(task, done, total));
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
