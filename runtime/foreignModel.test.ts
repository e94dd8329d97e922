/** Models of PyTorch and Keras against PyTorch's own pipeline, and what is said of those that cannot be served. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InputFormat } from '../export/foreignPreprocess.ts';
import { pythonForTest } from '../export/reference/python.ts';
import { loadClassifier, openClassifier } from './classifier.ts';
import { type ForeignCase, foreignClasses, foreignImages, writeForeignModels } from './foreignTesting.ts';
import { readModelSource } from './modelSource.ts';
import { tinyModel } from './tinyModel.ts';

const options = { device: 'cpu', threads: 1 } as const;
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** What the defaults of a sidecar mean. */
const plain: InputFormat = {
  height: 22,
  width: 26,
  fit: 'stretch',
  channels: 'RGB',
  layout: 'NCHW',
  dtype: 'float32',
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};
const size = { height: 22, width: 26 };
const described = { classes: foreignClasses, input: size, output: 'logits' };

interface Served extends ForeignCase {
  readonly sidecar: object;
}

/** Sidecars as people would write them, each beside what it should come to. */
const served: readonly Served[] = [
  {
    name: 'dynamic',
    build: 'dynamic',
    format: { ...plain, ...imagenet, fit: { shorterSide: 33 } },
    sidecar: { ...described, input: { ...size, ...imagenet, resize: { shorterSide: 33 } } },
  },
  {
    name: 'anySize',
    build: 'anySize',
    format: { ...plain, fit: { shorterSide: 29 } },
    sidecar: { ...described, input: { ...size, resize: { shorterSide: 29 } } },
  },
  {
    name: 'fixed',
    build: 'fixed',
    format: { ...plain, channels: 'BGR', scale: 1, mean: [103.939, 116.779, 123.68], std: [58, 57, 56] },
    sidecar: {
      ...described,
      input: { ...size, channels: 'BGR', scale: 1, mean: [103.939, 116.779, 123.68], std: [58, 57, 56] },
      output: 'probabilities',
    },
  },
  { name: 'maps', build: 'maps', format: plain, sidecar: described },
  {
    name: 'twoOutputs',
    build: 'twoOutputs',
    format: plain,
    sidecar: { ...described, outputName: 'scores' },
  },
  {
    name: 'pixels',
    build: 'pixels',
    format: { ...plain, dtype: 'uint8', layout: 'NHWC' },
    sidecar: described,
  },
  {
    name: 'half',
    build: 'half',
    format: { ...plain, dtype: 'float16' },
    sidecar: { ...described, name: 'halved', provenance: { data: 'drawings', epochs: 3 } },
  },
  {
    name: 'keras',
    build: 'keras',
    format: { ...plain, layout: 'NHWC', scale: 1 / 127.5, mean: [1, 1, 1] },
    sidecar: {
      ...described,
      input: { ...size, scale: 1 / 127.5, mean: [1, 1, 1] },
      output: 'probabilities',
    },
  },
];

const refused: readonly ForeignCase[] = ['batchOf4', 'heldBatch', 'diverged', 'sigmoid', 'external'].map(
  (build) => ({ name: build, build, format: plain }),
);

const python = pythonForTest('torch', 'onnx');
let folder = '';
let expected: Record<string, number[][]> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'areograph-foreign-'));
  if (python !== undefined) expected = writeForeignModels(python, folder, served, refused);
});
afterAll(() => rm(folder, { recursive: true }));

/** The model with this sidecar beside it. */
async function open(name: string, sidecar: unknown) {
  const text = typeof sidecar === 'string' ? sidecar : JSON.stringify(sidecar);
  await writeFile(join(folder, `${name}.json`), text);
  return loadClassifier(join(folder, `${name}.onnx`), options);
}

describe.skipIf(python === undefined)('a model of another origin', () => {
  it.each(served)(
    '$name has the probabilities of its own framework, alone and together',
    async ({ name, sidecar, format }) => {
      const classifier = await open(name, sidecar);
      const rows = expected[name] ?? [];
      expect(rows).toHaveLength(foreignImages.length);
      // Far from even, and unlike for unlike images: otherwise nothing could be told.
      expect(rows.flat().some((probability) => probability > 0.5)).toBe(true);
      const spread = foreignClasses.map((_, c) => rows.map((row) => row[c] ?? 0));
      expect(Math.max(...spread.map((column) => Math.max(...column) - Math.min(...column)))).toBeGreaterThan(
        0.05,
      );

      const alone = [];
      for (const image of foreignImages) alone.push(...(await classifier.predict([image])));
      const together = await classifier.predict(foreignImages);
      expect(await classifier.predict([])).toEqual([]);
      // 11 significant bits in the input and the logits of float16.
      const tolerance = format.dtype === 'float16' ? 1e-3 : 1e-4;
      for (const found of [alone, together]) {
        expect(found.map(({ probabilities }) => probabilities.length)).toEqual(
          rows.map(({ length }) => length),
        );
        const errors = rows.flatMap((row, i) =>
          row.map((p, c) => Math.abs(p - (found[i]?.probabilities[c] ?? Number.NaN))),
        );
        expect(Math.max(...errors)).toBeLessThan(tolerance);
      }
      await classifier.release();
    },
  );

  it('is described by its sidecar', async () => {
    const halved = served.find(({ name }) => name === 'half');
    const { description } = await open('half', halved?.sidecar);
    expect(description).toEqual({
      name: 'halved',
      classes: foreignClasses,
      input: size,
      explainable: false,
      temperature: 1,
      mirror: false,
      givesEnergy: true,
      provenance: { data: 'drawings', epochs: 3 },
    });
    expect((await open('dynamic', described)).description).toMatchObject({ name: 'dynamic', provenance: {} });
  });

  it('needs nothing but what was read of it, and says that it cannot be explained', async () => {
    await writeFile(join(folder, 'dynamic.json'), JSON.stringify(described));
    const source = await readModelSource(join(folder, 'dynamic.onnx'));
    const classifier = await openClassifier(structuredClone({ ...source, where: 'elsewhere.onnx' }), options);
    const [image] = foreignImages;
    if (image === undefined) throw new Error('there are images');
    await expect(classifier.explain(image, 0)).rejects.toMatchObject({
      name: 'AreographError',
      code: 'explain',
    });
    await expect(classifier.explain(image, 0)).rejects.toThrow(
      /elsewhere: .*found a model of another origin/,
    );
  });

  it('is refused without a sidecar, with one to copy', async () => {
    const { where, bytes } = await readModelSource(join(folder, 'dynamic.onnx'));
    const error = await openClassifier({ where, bytes }, options).catch((each: unknown) => each);
    expect(error).toMatchObject({ name: 'AreographError', code: 'model' });
    const text = String(error).replace(/^.*For example: /s, '');
    expect(String(error)).toContain(join(folder, 'dynamic.json'));
    // The example is taken, but for the classes and the size, which are another model's.
    await expect(open('dynamic', text)).rejects.toThrow(/input.height in .*dynamic.json: expected 22/);
  });

  const input = { ...size };
  /** Of each, the sidecar is wrong, or does not fit; what is said names the field, what is there and what to do. */
  const wrong: readonly (readonly [model: string, sidecar: unknown, said: RegExp])[] = [
    ['dynamic', 'classes: wheel', /dynamic.json: expected JSON, found/],
    ['dynamic', ['wheel', 'ground'], /expected a description in \{ \}, found \["wheel","ground"\]/],
    [
      'dynamic',
      { ...described, classes: undefined },
      /classes in .*expected a list, found nothing. For example/,
    ],
    [
      'dynamic',
      { ...described, output: undefined },
      /output in .*one of logits, probabilities, found nothing/,
    ],
    ['dynamic', { ...described, output: 'logit' }, /found logit. Did you mean logits\?/],
    [
      'dynamic',
      { ...described, clases: [] },
      /clases in .*one of name, classes, .*found clases. Did you mean classes\?/,
    ],
    [
      'dynamic',
      { ...described, classes: ['one'] },
      /classes in .*a list of at least 2 items, found \["one"\]/,
    ],
    ['dynamic', { ...described, input: { ...input, hieght: 3 } }, /input.hieght in .*Did you mean height\?/],
    ['dynamic', { ...described, input: { width: 26 } }, /input.height in .*expected a number, found nothing/],
    ['dynamic', { ...described, input: { ...input, height: 0 } }, /input.height in .*at least 1, found 0/],
    [
      'dynamic',
      { ...described, input: { ...input, mean: [0.5] } },
      /input.mean in .*at least 3 items, found \[0.5\]/,
    ],
    [
      'dynamic',
      { ...described, input: { ...input, std: [1, 0, 1] } },
      /input.std.1 in .*a number over 0, found 0/,
    ],
    [
      'dynamic',
      { ...described, input: { ...input, channels: 'GRB' } },
      /input.channels in .*one of RGB, BGR, found GRB/,
    ],
    [
      'dynamic',
      { ...described, input: { ...input, resize: 'crop' } },
      /"stretch" or \{ "shorterSide": pixels \}, found crop/,
    ],
    [
      'dynamic',
      { ...described, input: { ...input, resize: { shorterSide: 25 } } },
      /at least the height and the width.*found 25/,
    ],
    [
      'dynamic',
      { ...described, input: { height: 26, width: 22 } },
      /input.height in .*expected 22, as the model takes it \(input: float32 \[batch, 3, 22, 26\]\), found 26/,
    ],
    [
      'dynamic',
      { ...described, input: { ...input, layout: 'NHWC' } },
      /input.layout in .*3 channels as NHWC, found input: float32/,
    ],
    ['dynamic', { ...described, classes: ['a', 'b', 'c'] }, /classes in .*scores: \[2, 5\]\), found 3/],
    [
      'dynamic',
      { ...described, outputName: 'logits' },
      /outputName in .*found logits. The outputs are scores: float32/,
    ],
    [
      'dynamic',
      { ...described, output: 'probabilities' },
      /output in .*look like logits: write "output": "logits"/,
    ],
    ['fixed', described, /output in .*look like probabilities/],
    ['sigmoid', { ...described, output: 'probabilities' }, /one yes or no for each class/],
    [
      'twoOutputs',
      described,
      /outputName in .*found nothing. The outputs are features: float32 \[1, 16\], scores/,
    ],
    ['pixels', { ...described, input: { ...input, scale: 1 } }, /no scale, mean or std.*found \{"scale":1\}/],
    ['batchOf4', described, /a batch of 1, or of any size, found .*\[4, 3, 22, 26\].*dynamic_axes/],
    ['heldBatch', described, /two grey images at once/],
    ['diverged', described, /found NaN/],
    ['external', described, /found weights in weights.onnx.data. Export it with external_data=False/],
  ];

  it.each(wrong)('%s is refused with %j', async (name, sidecar, said) => {
    const attempt = open(name, sidecar);
    await expect(attempt).rejects.toMatchObject({ name: 'AreographError', code: 'model' });
    await expect(attempt).rejects.toThrow(said);
    await expect(attempt).rejects.toThrow(join(folder, name));
  });
});

describe('a model of this project', () => {
  it('is refused with a sidecar beside it: one of two descriptions would be ignored', async () => {
    await writeFile(join(folder, 'own.onnx'), tinyModel());
    await expect(open('own', described)).rejects.toThrow(/own.json: expected no such file.*describes itself/);
  });
});

describe('a model source', () => {
  it('is refused where the sidecar cannot be read', async () => {
    await writeFile(join(folder, 'odd.onnx'), tinyModel());
    await mkdir(join(folder, 'odd.json'));
    await expect(readModelSource(join(folder, 'odd.onnx'))).rejects.toThrow(
      /odd.json: expected .*found a folder/,
    );
  });
});
