/** The preprocessing of models of another origin against torchvision's, done by hand in PyTorch. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { foreignPreprocessingGraph, type InputFormat } from './foreignPreprocess.ts';
import { uniform } from './reference/noise.ts';
import { callPython, pythonForTest } from './reference/python.ts';
import { checkGraphs } from './testing/onnxChecker.ts';
import { compile } from './testing/run.ts';

const plain: InputFormat = {
  height: 12,
  width: 10,
  fit: 'stretch',
  channels: 'RGB',
  layout: 'NCHW',
  dtype: 'float32',
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

interface Case {
  readonly height: number;
  readonly width: number;
  readonly format: InputFormat;
}

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const caffe = { channels: 'BGR', scale: 1, mean: [103.939, 116.779, 123.68] } as const;

/** Those that people use; enlarged and reduced, upright and lying; a crop whose margin is odd. */
const cases: readonly Case[] = [
  { height: 30, width: 41, format: plain },
  { height: 30, width: 41, format: { ...plain, ...imagenet, fit: { shorterSide: 16 } } },
  { height: 41, width: 30, format: { ...plain, ...imagenet, fit: { shorterSide: 15 } } },
  { height: 7, width: 9, format: { ...plain, fit: { shorterSide: 12 } } },
  { height: 33, width: 33, format: { ...plain, ...caffe, layout: 'NHWC', fit: { shorterSide: 17 } } },
  { height: 1, width: 90, format: { ...plain, fit: { shorterSide: 13 } } },
  { height: 30, width: 20, format: { ...plain, dtype: 'uint8', layout: 'NHWC', channels: 'BGR' } },
];

const arbitraryCase: fc.Arbitrary<Case> = fc
  .record({
    height: fc.integer({ min: 1, max: 80 }),
    width: fc.integer({ min: 1, max: 80 }),
    outputs: fc.record({
      height: fc.integer({ min: 1, max: 24 }),
      width: fc.integer({ min: 1, max: 24 }),
    }),
    margin: fc.option(fc.integer({ min: 0, max: 12 })),
    channels: fc.constantFrom('RGB', 'BGR'),
    layout: fc.constantFrom('NCHW', 'NHWC'),
  })
  .map(({ height, width, outputs, margin, channels, layout }) => ({
    height,
    width,
    format: {
      ...plain,
      ...imagenet,
      ...outputs,
      channels,
      layout,
      fit: margin === null ? 'stretch' : { shorterSide: Math.max(outputs.height, outputs.width) + margin },
    },
  }));

const pixelsOf = (i: number, { height, width }: Case) =>
  Uint8Array.from(uniform(`foreign/${i}`, height * width * 3), (u) => Math.floor(u * 256));

/** The value of 0 to 255 that a number of the network's input stands for. */
function toPixel(
  value: number,
  place: number,
  { layout, height, width, scale, mean, std, dtype }: InputFormat,
) {
  if (dtype === 'uint8') return value;
  const channel = layout === 'NHWC' ? place % 3 : Math.floor(place / (height * width));
  return (value * (std[channel] ?? Number.NaN) + (mean[channel] ?? Number.NaN)) / scale;
}

describe('the preprocessing graph of a model of another origin', () => {
  it("is torchvision's resizing, cropping and normalising", async ({ skip }) => {
    const python = pythonForTest('torch');
    if (python === undefined) return skip();
    const all = [...cases, ...fc.sample(arbitraryCase, { numRuns: 60, seed: 5 })];
    const request = all.map((each, i) => {
      const { height, width, format } = each;
      return { image: { height, width, pixels: Buffer.from(pixelsOf(i, each)).toString('base64') }, format };
    });
    const script = new URL('./reference/torch_foreign_preprocess.py', import.meta.url);
    const answers = z.array(z.array(z.number())).parse(callPython(python, script, request));
    expect(answers).toHaveLength(all.length);
    for (const [i, each] of all.entries()) {
      const { height, width, format } = each;
      const run = await compile(foreignPreprocessingGraph(format), 1);
      const { input = [] } = await run({ image: pixelsOf(i, each) }, { image: [1, height, width, 3] });
      const expected = answers[i] ?? [];
      expect(input).toHaveLength(format.height * format.width * 3);
      expect(expected).toHaveLength(input.length);
      // Theirs is not rounded: a value that lies between two may go either way. Ours stands for a whole pixel value.
      const pixels = (values: ArrayLike<number>) =>
        Array.from(values, (value, p) => toPixel(value, p, format));
      const exact = pixels(expected);
      const label = JSON.stringify(each);
      for (const [p, pixel] of pixels(input).entries()) {
        expect(Math.abs(pixel - (exact[p] ?? Number.NaN)), label).toBeLessThan(0.501);
        expect(Math.abs(pixel - Math.round(pixel)), label).toBeLessThan(1e-3);
      }
    }
  });

  it('passes onnx.checker with the shapes that the compiler gives', ({ skip }) => {
    const python = pythonForTest('onnx');
    if (python === undefined) return skip();
    const graphs = Object.fromEntries(
      cases.map(({ format }, i) => [`case ${i}`, foreignPreprocessingGraph(format)]),
    );
    for (const [name, { error, differing, unknown }] of checkGraphs(python, graphs)) {
      expect(error, name).toBeNull();
      expect(differing, name).toEqual([]);
      expect(unknown, name).toEqual([]);
    }
  });
});
