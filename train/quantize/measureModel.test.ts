import { writeFileSync } from 'node:fs';
import { beforeEach, expect, it, vi } from 'vitest';
import { zoo } from '../../dsl/zoo.ts';
import { encodeModelFile, withWeightType } from '../../export/modelFile.ts';
import { noiseWeights } from '../../export/reference/noise.ts';
import { openClassifier } from '../../runtime/classifier.ts';
import { decodeImage } from '../../runtime/decode.ts';
import { readDataset } from '../data/dataset.ts';
import { failureOf, temporaryFolder } from '../data/fixtures.ts';
import { drawColours } from '../testing.ts';
import { sha256 } from './int8Results.ts';
import { measureModel } from './measureModel.ts';

const model = zoo.baseline({ size: 16, classes: 3 });
const classes = ['blue', 'green', 'red'];
const bytes = encodeModelFile(model, spoiltWeights(), { classes, provenance: {}, weightType: 'float16' });

/** With one weight of each unit so large that int8 keeps little of the others. */
function spoiltWeights(): Map<string, Float32Array> {
  const weights = noiseWeights(model);
  const { input } = model;
  const inputs = input.height * input.width * input.channels;
  return weights.set(
    'dense1.weight',
    (weights.get('dense1.weight') ?? new Float32Array()).map((weight, i) => (i % inputs === 0 ? 5 : weight)),
  );
}

beforeEach(() => {
  vi.stubEnv('AREOGRAPH_CACHE', temporaryFolder());
});

async function drawn() {
  const folder = temporaryFolder();
  await drawColours(folder, { train: 1, val: 70, test: 1 });
  return readDataset(folder);
}

it('measures every weight type on the images of val, and opens no image of test', async () => {
  const dataset = await drawn();
  for (const { file } of [...dataset.splits.test, ...dataset.splits.train]) writeFileSync(file, 'no image');
  const found = await measureModel(bytes, 'colours.onnx', dataset, () => {});

  // From the files themselves, one by one: nothing of the cache takes part.
  const answersOf = async (file: Uint8Array) => {
    const classifier = await openClassifier({ where: 'x', bytes: file }, { device: 'cpu' });
    const answers: number[][] = [];
    for (const image of dataset.splits.val) {
      const [answer] = await classifier.predict([await decodeImage(image.file)]);
      answers.push([...(answer?.probabilities ?? [])]);
    }
    return answers;
  };
  const int8 = withWeightType(bytes, 'colours.onnx', 'int8');
  const own = await answersOf(bytes);
  const other = await answersOf(int8);
  const labels = dataset.splits.val.map(({ label }) => label);
  const top = (row: readonly number[]) => row.indexOf(Math.max(...row));
  const share = (holds: (image: number) => boolean) =>
    labels.filter((_, image) => holds(image)).length / labels.length;
  const changes = own.flatMap((row, i) => row.map((value, c) => Math.abs(value - (other[i]?.[c] ?? NaN))));

  expect(found.sha256).toBe(sha256(bytes));
  expect(found.bytes).toBe(bytes.length);
  expect(found.accuracy).toBe(share((i) => top(own[i] ?? []) === labels[i]));
  expect(found.weights.int8.bytes).toBe(int8.length);
  // Else it could be the kept model's.
  expect(found.weights.int8.accuracy).not.toBe(found.accuracy);
  expect(found.weights.int8.accuracy).toBe(share((i) => top(other[i] ?? []) === labels[i]));
  expect(found.weights.int8.agreement).toBe(share((i) => top(own[i] ?? []) === top(other[i] ?? [])));
  expect(Math.max(...changes)).toBeGreaterThan(1e-3);
  expect(found.weights.int8.largestChange).toBeCloseTo(Math.max(...changes), 5);
  // It was kept as float16.
  expect(found.weights.float16).toEqual({
    bytes: bytes.length,
    accuracy: found.accuracy,
    agreement: 1,
    largestChange: 0,
  });
});

it('refuses images of other classes', async () => {
  const dataset = await drawn();
  const others = encodeModelFile(model, noiseWeights(model), { classes: ['a', 'b', 'c'], provenance: {} });
  const { problem } = await failureOf(() => measureModel(others, 'colours.onnx', dataset, () => {}));
  expect(problem).toMatchObject({ code: 'model', where: 'colours.onnx', found: 'a, b, c' });
});
