import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { uniform } from '../../export/reference/noise.ts';
import { heatMap, heatRamp } from '../../runtime/heatMap.ts';
import { heatMapPng } from '../../runtime/heatMapPng.ts';
import { heatMapPixels } from './heatMapPixels.ts';

describe('a heat map over an image', () => {
  it('is enlarged bilinearly between the centres of its places', () => {
    // Levels 0 and 255 over 4 pixels: the centres of the places are those of the pixels' gaps 1 and 3.
    const { height, width, data } = heatMapPixels(
      { height: 1, width: 2, values: [0, 1] },
      { height: 1, width: 4 },
    );
    expect([height, width]).toEqual([1, 4]);
    expect([...data]).toEqual([0, 64, 191, 255].flatMap((level) => heatRamp[level] ?? []));
    const tall = heatMapPixels({ height: 2, width: 1, values: [0, 1] }, { height: 4, width: 1 });
    expect(tall.data).toEqual(data);
  });

  it.each([
    { height: 192, width: 256 },
    { height: 1000, width: 700 },
  ])('is the picture that the server draws, of an image of $width x $height', async (image) => {
    const places = { height: 8, width: 8 };
    const map = heatMap(Float32Array.from(uniform('heat map', 64)), places.height, places.width);
    const { data, info } = await sharp(await heatMapPng(map, image))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const found = heatMapPixels(map, image);
    expect([found.height, found.width]).toEqual([info.height, info.width]);
    const differences = Array.from(found.data, (value, i) => Math.abs(value - (data[i] ?? 0)));
    // libvips places samples to 1/64 of a place.
    expect(differences.reduce((a, b) => a + b) / differences.length).toBeLessThan(2);
  });
});
