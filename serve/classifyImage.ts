import { z } from 'zod';
import { type Classifier, classificationSchema } from '../runtime/classifier.ts';
import { decodeImage } from '../runtime/decode.ts';

export const answerSchema = classificationSchema.extend({
  /** Time to decode and classify this image, without waiting for others. */
  milliseconds: z.number().nonnegative(),
});
export type Answer = z.infer<typeof answerSchema>;

/**
 * Decodes an image, a file name or the bytes of a file, and classifies it.
 *
 * @throws AreographError 'image' if it is not a readable image
 */
export async function classifyImage(classifier: Classifier, source: string | Uint8Array): Promise<Answer> {
  const started = performance.now();
  const classification = await classifier.classify(await decodeImage(source));
  return { ...classification, milliseconds: roundTo(performance.now() - started, 2) };
}

function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
