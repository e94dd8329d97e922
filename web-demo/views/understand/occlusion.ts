/** Which places an answer depends on: occlusion (Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901). */
import { type HeatMap, heatMap } from '../../../runtime/heatMap.ts';
import type { RgbImage } from '../../../runtime/image.ts';
import { atRest, transform } from '../../images/transform.ts';
import type { Progress } from '../../ui/useRun.ts';
import type { AskedModel } from './askedModels.ts';

/** Rows and columns of places. */
export const occlusionPlaces = 10;
/** Side of the square that covers a place, in % of the image's longer side. */
export const occlusionSide = 20;

export interface Occlusion {
  readonly model: string;
  /** The class. */
  readonly asked: string;
  /** Shares of the largest loss of probability; 0 where covering costs nothing. */
  readonly map: HeatMap;
  /** Of the class, of the image as it is. */
  readonly before: number;
  /** Where covering costs most. */
  readonly lowest: number;
}

/** Covers each place in turn with a grey square, and sees how much less probable a class becomes for each model. */
export async function occlusions(
  models: readonly AskedModel[],
  image: RgbImage,
  asked: string,
  { report }: Progress,
): Promise<Occlusion[]> {
  const count = occlusionPlaces ** 2;
  const watched = models.map(({ name, classes, predict }) => ({
    name,
    probability: async (seen: RgbImage) => (await predict(seen))[classes.indexOf(asked)] ?? 0,
    losses: new Float32Array(count),
  }));
  const before = await Promise.all(watched.map(({ probability }) => probability(image)));
  for (let place = 0; place < count; place += 1) {
    const centre = (at: number) => (100 * (at + 0.5)) / occlusionPlaces;
    const covered = transform(image, {
      ...atRest,
      cover: occlusionSide,
      coverX: centre(place % occlusionPlaces),
      coverY: centre(Math.floor(place / occlusionPlaces)),
    });
    for (const [m, { probability, losses }] of watched.entries()) {
      losses[place] = Math.max((before[m] ?? 0) - (await probability(covered)), 0);
    }
    report((place + 1) / count);
  }
  return watched.map(({ name, losses }, m) => ({
    model: name,
    asked,
    map: heatMap(losses, occlusionPlaces, occlusionPlaces),
    before: before[m] ?? 0,
    lowest: (before[m] ?? 0) - Math.max(...losses),
  }));
}
