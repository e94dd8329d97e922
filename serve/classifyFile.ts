/** One image file and one classifier, on this thread: what the command line does where a server has workers. */
import sharp from 'sharp';
import { AreographError } from '../dsl/errors.ts';
import type { Classifier } from '../runtime/classifier.ts';
import { decodeImage } from '../runtime/decode.ts';
import { firstLine } from '../runtime/firstLine.ts';
import { heatMapPng } from '../runtime/heatMapPng.ts';
import type { RgbImage } from '../runtime/image.ts';
import type { Prediction } from './job.ts';

/** @throws AreographError 'format', 'image' or 'pixels' if it is no image that can be read */
export async function predictFile(
  classifier: Classifier,
  file: string,
): Promise<{ readonly image: RgbImage; readonly prediction: Prediction }> {
  const started = performance.now();
  const image = await decodeImage(file);
  const decoded = performance.now();
  const [prediction] = await classifier.predict([image]);
  if (prediction === undefined) throw new Error('every image has a prediction');
  const milliseconds = { queue: 0, decode: decoded - started, inference: performance.now() - decoded };
  return { image, prediction: { ...prediction, milliseconds } };
}

/**
 * Writes the image as a PNG, with the places laid over it that spoke for a class.
 *
 * @throws AreographError 'explain' if nothing can be said of this kind of network, 'storage' if it cannot be written
 */
export async function explainFile(
  classifier: Classifier,
  image: RgbImage,
  classIndex: number,
  file: string,
): Promise<void> {
  const overlay = await heatMapPng(await classifier.explain(image, classIndex), image);
  const { width, height } = await sharp(overlay).metadata();
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const picture = sharp(image.data, { raw })
    .resize(width, height, { fit: 'fill' })
    .composite([{ input: Buffer.from(overlay) }])
    .png();
  await picture.toFile(file).catch((cause: unknown) => {
    throw new AreographError(
      {
        code: 'storage',
        where: file,
        expected: 'a file that can be written',
        found: firstLine(cause),
        next: 'Name another one.',
      },
      { cause },
    );
  });
}
