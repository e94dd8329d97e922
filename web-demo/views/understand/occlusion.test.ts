import { expect, it } from 'vitest';
import type { RgbImage } from '../../../runtime/image.ts';
import { atRest } from '../../images/transform.ts';
import type { AskedModel } from './askedModels.ts';
import { occlusionPlaces, occlusions } from './occlusion.ts';
import { sweep } from './sweep.ts';
import { sweeps } from './sweeps.ts';

const side = 40;
const white: RgbImage = { height: side, width: side, data: new Uint8Array(side * side * 3).fill(255) };
const report = () => {};

/** Sees a wheel as surely as the pixel at a place is white. */
function lookingAt(name: string, x: number, y: number): AskedModel {
  return {
    name,
    classes: ['ground', 'wheel'],
    async predict({ data }) {
      const share = (data[3 * (y * side + x)] ?? 0) / 255;
      return Float32Array.of(1 - share, share);
    },
  };
}

it('finds the one place that each model needs, and how much is lost without it', async () => {
  // The square is 8 pixels wide, the places 4 apart: pixel 5 is under those whose centres are 2 and 6 in each direction.
  const [corner, none] = await occlusions(
    [lookingAt('corner', 5, 5), { ...lookingAt('no wheels', 5, 5), classes: ['ground', 'sky'] }],
    white,
    'wheel',
    { report },
  );
  const places = corner?.map.values.flatMap((value, i) => (value > 0 ? [[i, value]] : []));
  expect(places).toEqual([0, 1, occlusionPlaces, occlusionPlaces + 1].map((place) => [place, 1]));
  expect(corner?.before).toBe(1);
  expect(corner?.lowest).toBeCloseTo(128 / 255);
  expect(none?.map.values.every((value) => value === 0)).toBe(true);
});

it('sweeps a slider over its range, and stops when it is told to', async () => {
  const models = [lookingAt('middle', 20, 20), lookingAt('corner', 0, 0)];
  const shares: number[] = [];
  const points = await sweep(models, white, atRest, 'cover', 'wheel', {
    report: (share) => shares.push(share),
  });
  const { values } = sweeps.cover;
  expect(points.map(({ model, value }) => `${model} ${value}`)).toEqual(
    values.flatMap((value) => [`middle ${value}`, `corner ${value}`]),
  );
  // The square grows from the middle: the corner is covered last, the middle by all but none.
  const seen = (model: string) =>
    points.filter((point) => point.model === model && point.probability === 1).map(({ value }) => value);
  expect(seen('middle')).toEqual([0]);
  expect(seen('corner')).toEqual(values.slice(0, -1));
  expect(shares.at(-1)).toBe(1);
  const stopped = sweep(models, white, atRest, 'cover', 'wheel', {
    report() {
      throw new DOMException('not wanted', 'AbortError');
    },
  });
  await expect(stopped).rejects.toThrow('not wanted');
});
