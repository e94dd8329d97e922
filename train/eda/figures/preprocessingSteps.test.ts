import sharp from 'sharp';
import { expect, it } from 'vitest';
import { decodeImage } from '../../../runtime/decode.ts';
import { readDataset } from '../../data/dataset.ts';
import { temporaryFolder } from '../../data/fixtures.ts';
import { openPreprocessing } from '../../preprocess.ts';
import { drawColours } from '../../testing.ts';
import { preprocessingSteps } from './preprocessingSteps.ts';
import { sampleGrid } from './sampleGrid.ts';

async function drawn() {
  const folder = temporaryFolder();
  await drawColours(folder, { train: 2, val: 1, test: 1 });
  return readDataset(folder);
}

/** The images within an SVG, in order, as pixels. */
function pixelsIn(svg: string): Promise<Buffer[]> {
  const inlined = [...svg.matchAll(/data:image\/\w+;base64,([^"]+)/g)];
  return Promise.all(inlined.map(([, text = '']) => sharp(Buffer.from(text, 'base64')).raw().toBuffer()));
}

it('shows the pixels that the preprocessing graph gives, and lighter colours for brighter ones', async () => {
  const dataset = await drawn();
  const images = await pixelsIn(await preprocessingSteps(dataset));
  expect(images).toHaveLength(3 * 4 + 1);
  // The first class of each split, as all are equally frequent.
  const [first] = dataset.splits.train;
  const image = await decodeImage(first?.file ?? '');
  for (const [index, size] of [
    [1, 128],
    [2, 64],
  ] as const) {
    const { preprocess } = await openPreprocessing({ height: size, width: size });
    expect(images[index]).toEqual(Buffer.from(await preprocess(image)));
  }
  const [, , small, colours] = images;
  expect(colours).toHaveLength(64 * 64 * 3);
  const sum = (pixels: Buffer | undefined, at: number) =>
    [0, 1, 2].reduce((total, channel) => total + (pixels?.[at + channel] ?? 0), 0);
  // Cividis grows lighter throughout; its blue does not, so that luma is compared, and equal levels aside.
  const luma = (at: number) => 0.2126 * (colours?.[at] ?? 0) + 0.7152 * (colours?.[at + 1] ?? 0);
  const ranked = Array.from({ length: 64 * 64 }, (_, i) => 3 * i).sort(
    (a, b) => sum(small, a) - sum(small, b),
  );
  for (let i = 64; i < ranked.length; i += 64) {
    const [before = 0, after = 0] = [ranked[i - 64], ranked[i]];
    expect(luma(after)).toBeGreaterThanOrEqual(luma(before));
  }
  expect(luma(ranked.at(-1) ?? 0)).toBeGreaterThan(luma(ranked[0] ?? 0) + 20);
});

it('has one image of each class, with its name and counts', async () => {
  const svg = await sampleGrid(await drawn());
  const images = await pixelsIn(svg);
  expect(images).toHaveLength(3);
  const brightest = images.map((pixels) => {
    const sums = [0, 1, 2].map((channel) =>
      pixels.filter((_, i) => i % 3 === channel).reduce((a, b) => a + b),
    );
    return sums.indexOf(Math.max(...sums));
  });
  // blue, green, red: classes are in the order of their names.
  expect(brightest).toEqual([2, 1, 0]);
  const words = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, word]) => word);
  expect(words).toEqual(['blue', '2 / 1 / 1', 'green', '2 / 1 / 1', 'red', '2 / 1 / 1']);
});
