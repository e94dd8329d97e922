/** For tests: models that Python wrote, and what PyTorch answers for them. */
import { z } from 'zod';
import type { InputFormat } from '../export/foreignPreprocess.ts';
import { uniform } from '../export/reference/noise.ts';
import { callPython } from '../export/reference/python.ts';
import type { RgbImage } from './image.ts';

export const foreignClasses = ['wheel', 'ground', 'horizon', 'rover', 'sky'] as const;

/** A model that `torch_foreign_models.py` builds; `format` is what its reference does to an image. */
export interface ForeignCase {
  readonly name: string;
  readonly build: string;
  readonly format: InputFormat;
}

/**
 * uint8 pixels of unlike sizes, with noise and shapes: plain noise would be grey once it is made small. Prime sizes, since
 * with those resized values do not lie half-way between two pixel values, where float32 and float64 round apart.
 */
export const foreignImages: readonly RgbImage[] = [
  [43, 59],
  [61, 37],
  [31, 31],
  [23, 89],
  [29, 47],
].map(([height = 0, width = 0], i) => {
  const noise = uniform(`foreign image ${i}`, height * width * 3);
  const data = Uint8Array.from(noise, (u, p) => {
    const [x, y] = [Math.floor(p / 3) % width, Math.floor(p / 3 / width)];
    const wave = Math.sin((x * (i + 1)) / 7 + (p % 3)) * Math.cos((y * (5 - i)) / 9 - (p % 3) * i);
    return Math.floor(80 * u + 87 * (1 + wave));
  });
  return { height, width, data };
});

/** Writes `NAME.onnx` for each case, and gives the probabilities of the images by each of those in `answered`. */
export function writeForeignModels(
  python: string,
  folder: string,
  answered: readonly ForeignCase[],
  refused: readonly ForeignCase[],
): Record<string, number[][]> {
  const images = foreignImages.map(({ height, width, data }) => ({
    height,
    width,
    pixels: Buffer.from(data).toString('base64'),
  }));
  const models = [
    ...answered.map((each) => ({ ...each, answered: true })),
    ...refused.map((each) => ({ ...each, answered: false })),
  ];
  const script = new URL('../export/reference/torch_foreign_models.py', import.meta.url);
  return z
    .record(z.string(), z.array(z.array(z.number())))
    .parse(callPython(python, script, { folder, images, models }));
}
