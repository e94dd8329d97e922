/** Pictures of none of the classes, and what the names of the others tell. */
import { deviation, mean } from 'd3-array';
import { describe, expect, it } from 'vitest';
import { failureOf, greyPng, temporaryFolder, writeFiles } from '../data/fixtures.ts';
import { type Drawing, drawAll } from './drawn.ts';
import { gaussianNoise, smoothColours, uniformNoise } from './noise.ts';
import { checkerboard, gradient, mosaic, stripes, triangles } from './patterns.ts';
import { exposuresOf, splitFacts } from './splitFacts.ts';
import { sunPictures, sunPicturesIn } from './sunPictures.ts';

const size = { height: 24, width: 32 };
const drawn = (drawing: Drawing, seed = 1) => drawAll([drawing], 5, size, seed).map(({ data }) => [...data]);
const coloursIn = (pixels: readonly number[]) =>
  new Set(Array.from({ length: pixels.length / 3 }, (_, i) => pixels.slice(3 * i, 3 * i + 3).join()));

describe('drawAll', () => {
  const drawings = {
    uniformNoise,
    gaussianNoise,
    smoothColours,
    stripes,
    checkerboard,
    gradient,
    mosaic,
    triangles,
  };
  it.each(Object.entries(drawings))(
    'draws %s the same for a seed, and otherwise each time another',
    (_, drawing) => {
      const pictures = drawn(drawing);
      expect(drawn(drawing)).toEqual(pictures);
      expect(new Set(pictures.map(String)).size).toBe(5);
      expect(drawn(drawing, 2)).not.toEqual(pictures);
      for (const picture of pictures) expect(picture).toHaveLength(24 * 32 * 3);
    },
  );

  it('draws noise of the spread that it says', () => {
    // Uniform on 0 to 255: (256^2 - 1) / 12. Normal with 64 about the middle, cut off at 1.99 deviations: 0.95 of it.
    const values = (drawing: Drawing) => drawn(drawing).flat();
    expect(mean(values(uniformNoise))).toBeCloseTo(127.5, -0.5);
    expect(deviation(values(uniformNoise))).toBeCloseTo(Math.sqrt((256 ** 2 - 1) / 12), -0.5);
    expect(mean(values(gaussianNoise))).toBeCloseTo(127.5, -0.5);
    expect(deviation(values(gaussianNoise))).toBeGreaterThan(58);
    expect(deviation(values(gaussianNoise))).toBeLessThan(64);
  });

  it('draws smooth noise whose neighbours are alike', () => {
    const step = (drawing: Drawing) =>
      mean(drawn(drawing).flatMap((p) => p.slice(3).map((value, i) => Math.abs(value - (p[i] ?? 0))))) ?? 0;
    expect(step(smoothColours)).toBeLessThan(step(uniformNoise) / 3);
  });

  it('draws patterns of the colours that they have', () => {
    for (const picture of drawn(stripes)) expect(coloursIn(picture).size).toBe(2);
    for (const picture of drawn(checkerboard)) expect(coloursIn(picture).size).toBe(2);
    for (const picture of drawn(mosaic)) expect(coloursIn(picture).size).toBeLessThanOrEqual(40);
    for (const picture of drawn(triangles)) expect(coloursIn(picture).size).toBeLessThanOrEqual(13);
    for (const picture of drawn(gradient)) expect(coloursIn(picture).size).toBeGreaterThan(10);
  });
});

describe('the sun', () => {
  it('is in 21 different pictures of the days 730 to 745', () => {
    expect(new Set(sunPictures).size).toBe(21);
    for (const name of sunPictures) expect(name).toMatch(/^07(30|32|34|41|45)M[LR]\d{16}[DI]01_DRCL\.JPG$/);
  });

  it('is found where all are there, or none', async () => {
    const folder = temporaryFolder();
    expect(sunPicturesIn(folder)).toEqual([]);
    const grey = await greyPng(0);
    const files = sunPictures.map((name) => [`calibrated/${name}`, grey] as const);
    writeFiles(folder, Object.fromEntries(files.slice(1)));
    const { problem } = await failureOf(() => sunPicturesIn(folder));
    expect(problem).toMatchObject({ code: 'dataset', found: `20 of them; missing: ${sunPictures[0]}` });
    writeFiles(folder, Object.fromEntries(files));
    expect(sunPicturesIn(folder)).toHaveLength(21);
  });
});

describe('names of images', () => {
  const examples = [
    { file: '/a/0730ML0031280030305138D01_DRCL.JPG', label: 1 },
    { file: '/a/photo.jpg', label: 0 },
    { file: '/a/0730ML0031280030305138I01_DRCL.JPG', label: 1 },
    { file: '/a/0999MH0031280030305138I01_DRCL.JPG', label: 1 },
    { file: '/a/other.jpg', label: 0 },
  ];

  it('tell exposures, in the order in which they come', () => {
    expect(exposuresOf(examples)).toEqual([0, 1, 0, 2, 3]);
  });

  it('tell days and instruments, of the whole and by class', () => {
    expect(splitFacts(examples, 3)).toEqual({
      images: 5,
      exposures: 4,
      sols: { first: 730, last: 999 },
      instruments: { 'Mastcam left': 2, MAHLI: 1 },
      classes: [
        { images: 2, exposures: 2, instruments: {} },
        { images: 3, exposures: 2, instruments: { 'Mastcam left': 2, MAHLI: 1 } },
        { images: 0, exposures: 0, instruments: {} },
      ],
    });
  });
});
