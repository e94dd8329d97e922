import type { RgbImage } from '../../../runtime/image.ts';
import { answering, engine } from '../../state.ts';

/** A model that is asked about many images, one after the other. */
export interface AskedModel {
  readonly name: string;
  readonly classes: readonly string[];
  /** In the order of the classes. */
  predict(image: RgbImage): Promise<Float32Array>;
}

/** Those that are chosen now. */
export function askedModels(): Promise<AskedModel[]> {
  const running = engine.value;
  return Promise.all(
    answering.value.map(async (file) => {
      const { description } = await running.open(file);
      return {
        name: file.name,
        classes: description.classes,
        predict: async (image: RgbImage) => (await running.predict(file, image)).probabilities,
      };
    }),
  );
}
