/** What a model file answers on images that have its size already. */
import type { Classifier, Prediction } from '../runtime/classifier.ts';
import type { Size } from './augmentation/affine.ts';
import type { Pixels } from './data/pixels.ts';
import { nextTask } from './nextTask.ts';

/** Images at a time. */
const batch = 64;

/**
 * In the order of the images.
 *
 * @param onProgress told the images done so far
 * @throws AreographError 'model' if the weights give NaN
 */
export async function predictionsOf(
  classifier: Pick<Classifier, 'predict'>,
  pixels: Pick<Pixels, 'count' | 'imageBytes' | 'read'>,
  { height, width }: Size,
  onProgress: (done: number, total: number) => void,
): Promise<Prediction[]> {
  const predictions: Prediction[] = [];
  while (predictions.length < pixels.count) {
    const count = Math.min(batch, pixels.count - predictions.length);
    const images = Array.from({ length: count }, (_, i) => {
      const data = new Uint8Array(pixels.imageBytes);
      pixels.read([predictions.length + i], data);
      return { height, width, data };
    });
    predictions.push(...(await classifier.predict(images)));
    onProgress(predictions.length, pixels.count);
    // Signals are delivered between runs: the runtime blocks while it computes.
    await nextTask();
  }
  return predictions;
}
