import type { RgbImage } from '../../../runtime/image.ts';
import type { ModelFile } from '../../engine.ts';
import { answering, engine } from '../../state.ts';
import { useLatest } from '../../ui/useLatest.ts';

/** What a model says of an image. */
export interface Answer {
  readonly file: ModelFile;
  readonly image: RgbImage;
  readonly classes: readonly string[];
  /** In the order of the classes. */
  readonly probabilities: Float32Array;
}

const none: readonly Answer[] = [];

/** What the chosen models say of an image, in their order; none before all have answered. */
export function useAnswers(image: RgbImage | undefined): readonly Answer[] {
  const files = answering.value;
  const running = engine.value;
  const answers = useLatest(
    () => (image === undefined ? undefined : Promise.all(files.map((file) => answer(file, image)))),
    [running, files, image],
  );
  const isNewest =
    answers?.length === files.length &&
    answers.every((answer, i) => answer.image === image && answer.file === files[i]);
  return isNewest ? answers : none;

  async function answer(file: ModelFile, image: RgbImage): Promise<Answer> {
    const { description } = await running.open(file);
    const { probabilities } = await running.predict(file, image);
    return { file, image, classes: description.classes, probabilities };
  }
}

/** 0 for a class that the model does not know. */
export function probabilityOf({ classes, probabilities }: Answer, name: string): number {
  return probabilities[classes.indexOf(name)] ?? 0;
}
