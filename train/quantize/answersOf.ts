/** What a model file answers on the images of a split. */
import { AreographError } from '../../dsl/errors.ts';
import { openClassifier } from '../../runtime/classifier.ts';
import type { Size } from '../augmentation/affine.ts';
import type { Dataset, Split } from '../data/dataset.ts';
import { openPixelCache, type PixelCache } from '../data/pixelCache.ts';
import { predictionsOf } from '../predictions.ts';
import { openPreprocessing } from '../preprocess.ts';
import type { Answers } from './agreement.ts';

/** Told the images done so far of a task. */
export type OnProgress = (task: string, done: number, total: number) => void;

/** @throws AreographError 'model' unless the classes are the data set's, in their order */
export function requireClasses(
  found: readonly string[],
  where: string,
  { classes, directory }: Dataset,
): void {
  if (found.join('\n') === classes.join('\n')) return;
  throw new AreographError({
    code: 'model',
    where,
    expected: `the classes of ${directory}: ${classes.join(', ')}`,
    found: found.join(', '),
    next: 'Give the images that it was trained on with --data.',
  });
}

/** The images of a split as the network sees them. Whoever opens them closes them. */
export async function openSplit(
  dataset: Dataset,
  split: Split,
  size: Size,
  onProgress: OnProgress,
): Promise<PixelCache> {
  const { key, preprocess } = await openPreprocessing(size);
  return openPixelCache({
    dataset,
    split,
    size: size.height,
    key,
    preprocess,
    onProgress: (done, total) => onProgress(`decoding ${split}`, done, total),
  });
}

/** In the order of the split. */
export async function answersOf(
  bytes: Uint8Array,
  where: string,
  size: Size,
  pixels: PixelCache,
  onProgress: (done: number, total: number) => void,
): Promise<Answers> {
  const classifier = await openClassifier({ where, bytes }, { device: 'cpu' });
  try {
    const predictions = await predictionsOf(classifier, pixels, size, onProgress);
    return predictions.map(({ probabilities }) => probabilities);
  } finally {
    await classifier.release();
  }
}
