/** A model file, asked for everything that it answers. */
import { AreographError } from '../../dsl/errors.ts';
import type { Classifier } from '../../runtime/classifier.ts';
import type { RgbImage } from '../../runtime/image.ts';
import type { Size } from '../augmentation/affine.ts';
import type { Pixels } from '../data/pixels.ts';
import { predictionsOf } from '../predictions.ts';

/** Of each image, in their order. */
export interface Answers {
  /** float32 `[classes]`, adding up to 1. */
  readonly probabilities: readonly Float32Array[];
  readonly energies: readonly number[];
}

/**
 * Asks a model about images of the size that its network takes.
 *
 * @param where the file's name, for messages
 * @param onProgress told the images done so far
 * @throws AreographError 'model' if it answers no energy, as files of earlier versions do, or answers NaN
 */
export async function answersOf(
  classifier: Classifier,
  where: string,
  pixels: Pick<Pixels, 'count' | 'imageBytes' | 'read'>,
  size: Size,
  onProgress: (done: number, total: number) => void,
): Promise<Answers> {
  if (!classifier.description.givesEnergy) throw withoutEnergy(where);
  const predictions = await predictionsOf(classifier, pixels, size, onProgress);
  return {
    probabilities: predictions.map(({ probabilities }) => probabilities),
    energies: predictions.map(({ energy = Number.NaN }) => energy),
  };
}

/** Images in memory, all of one size, as {@link answersOf} reads them. */
export function inMemory(images: readonly RgbImage[]): Pick<Pixels, 'count' | 'imageBytes' | 'read'> {
  const imageBytes = images[0]?.data.length ?? 0;
  return {
    count: images.length,
    imageBytes,
    read(indices, out) {
      for (let i = 0; i < indices.length; i += 1) {
        const image = images[indices[i] ?? -1];
        if (image === undefined) throw new RangeError(`expected an image's position, found ${indices[i]}`);
        out.set(image.data, i * imageBytes);
      }
    },
  };
}

function withoutEnergy(where: string): AreographError {
  return new AreographError({
    code: 'model',
    where,
    expected: 'the outputs probabilities and energy',
    found: 'probabilities alone',
    next: 'Export the model again: files of earlier versions have no energy.',
  });
}
