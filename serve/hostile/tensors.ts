/** Requests of the inference protocol whose tensors are not what they say. */
import { inferred, problem } from './expectations.ts';
import type { Input, Kind } from './kind.ts';
import { encoded, picture } from './picture.ts';

const path = '/v2/models/tiny/infer';
const numbers = [...picture.data];
/** A whole input, to be spoilt. */
const good = {
  name: 'image',
  datatype: 'UINT8',
  shape: [1, picture.height, picture.width, 3],
  data: numbers,
};
const tiny = { ...good, shape: [1, 1, 1, 3], data: [1, 2, 3] };

function* requests(table: Readonly<Record<string, string | object>>): Generator<Input> {
  for (const [name, body] of Object.entries(table)) {
    const json = typeof body === 'string' ? body : JSON.stringify(body);
    yield {
      name,
      request: { path, headers: { 'content-type': 'application/json' }, body: Buffer.from(json) },
      pixels: picture,
    };
  }
}

const input = (change: object) => ({ inputs: [{ ...tiny, ...change }] });
const data = (text: string) => JSON.stringify(input({ data: '?' })).replace('"?"', text);

const malformed = {
  NaN: data('[1, 2, NaN]'),
  Infinity: data('[1, 2, Infinity]'),
  'minus infinity': data('[1, 2, -Infinity]'),
  'cut off': data('[1, 2'),
  hexadecimal: data('[1, 2, 0xff]'),
  '100,000 brackets': data('['.repeat(100_000)),
};

const otherTensors = {
  'an empty object': {},
  'no input': { inputs: [] },
  'two inputs': { inputs: [tiny, tiny] },
  '100,000 inputs': { inputs: Array<object>(100_000).fill({}) },
  'another name': input({ name: 'input.1' }),
  'a prototype': input({ name: '__proto__' }),
  FP32: input({ datatype: 'FP32' }),
  'no datatype': input({ datatype: null }),
  'another output': { ...input({}), outputs: [{ name: 'logits' }] },
  'shared memory': {
    ...input({}),
    outputs: [{ name: 'probabilities', parameters: { shared_memory_region: 'x' } }],
  },
  '1e999': data('[1, 2, 1e999]'),
  'minus one': data('[1, 2, -1]'),
  '256': data('[1, 2, 256]'),
  'a fraction': data('[1, 2, 0.5]'),
  'a string': data('[1, 2, "3"]'),
  null: data('[1, 2, null]'),
  'too few numbers': data('[1, 2]'),
  'too many numbers': data('[1, 2, 3, 4]'),
  'deep arrays': data(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  'no data': input({ data: undefined }),
};

const shape = (...dimensions: readonly unknown[]) => input({ shape: dimensions });
const otherShapes = {
  'no dimension': shape(),
  'three dimensions': shape(1, 1, 3),
  'five dimensions': shape(1, 1, 1, 1, 3),
  'a million dimensions': shape(...Array<number>(100_000).fill(1)),
  'four channels': shape(1, 1, 1, 4),
  'channels first': shape(1, 3, 16, 24),
  'no image': shape(0, 1, 1, 3),
  'no height': shape(1, 0, 1, 3),
  'minus one': shape(1, -1, -1, 3),
  'two negative ones': shape(1, -1, -1, 3),
  'a fraction': shape(1, 1.5, 1, 3),
  'a string': shape(1, '1', 1, 3),
  null: shape(1, null, 1, 3),
  '2^53': shape(1, 2 ** 53, 1, 3),
  '1e308': shape(1, 1e308, 1e308, 3),
  '1e999': JSON.stringify(shape(1, 9, 9, 3)).replace('9', '1e999'),
  'more than there is': shape(1, 16, 24, 3),
  'as much as may be, and nothing there': input({ shape: [1, 5000, 5000, 3], data: [] }),
  '64 times as much': input({ shape: [64, 5000, 5000, 3], data: [] }),
  'nested otherwise': input({
    shape: [1, 1, 2, 3],
    data: [
      [
        [
          [1, 2, 3, 4],
          [5, 6],
        ],
      ],
    ],
  }),
};

const tooLarge = {
  '2^31': shape(1, 2 ** 31, 2 ** 31, 3),
  'just below 2^53': shape(1, 2 ** 53 - 1, 2 ** 53 - 1, 3),
  '2^32, which wraps to 0': shape(1, 2 ** 16, 2 ** 16, 3),
  '5,001 x 5,000': shape(1, 5001, 5000, 3),
  '1 x 25,000,001': shape(1, 1, 25_000_001, 3),
};

interface Binary {
  /** Inference-Header-Content-Length, if it is not the length of the JSON. */
  readonly length?: string;
  readonly input: object;
  readonly after: Uint8Array;
}

function* binaries(table: Readonly<Record<string, Binary>>): Generator<Input> {
  for (const [name, { length, input: only, after }] of Object.entries(table)) {
    const json = Buffer.from(JSON.stringify({ inputs: [only] }));
    const headers = { 'inference-header-content-length': length ?? String(json.length) };
    yield { name, request: { path, headers, body: Buffer.concat([json, after]) } };
  }
}

const bytes = (size: unknown, change: object = {}) => ({
  ...tiny,
  data: undefined,
  parameters: { binary_data_size: size },
  ...change,
});
const files = (size: number, count = 1) => bytes(size, { datatype: 'BYTES', shape: [count] });
const three = Buffer.of(1, 2, 3);
const lengthOf = (value: number) => {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(value);
  return prefix;
};

const otherBinaries = {
  'more than the body has': { input: bytes(1e9), after: three },
  'less than the body has': { input: bytes(3), after: Buffer.alloc(4) },
  'a negative size': { input: bytes(-3), after: three },
  'a fraction': { input: bytes(3.5), after: three },
  'a size beyond 2^53': { input: bytes(2 ** 60), after: three },
  'another size than the shape': { input: bytes(4), after: Buffer.alloc(4) },
  'data twice': { input: bytes(3, { data: [1, 2, 3] }), after: three },
  'a negative length of the header': { length: '-1', input: bytes(3), after: three },
  'a length beyond the body': { length: '1000000', input: bytes(3), after: three },
  'a length in another notation': { length: '0x10', input: bytes(3), after: three },
  'a length with an exponent': { length: '1e1', input: bytes(3), after: three },
  'no length at all': { length: '', input: bytes(3), after: three },
  'a length of 30 digits': { length: '9'.repeat(30), input: bytes(3), after: three },
  'a file of 4 GB': { input: files(4), after: lengthOf(2 ** 32 - 1) },
  'half a length': { input: files(2), after: Buffer.alloc(2) },
  'one file of two': { input: files(7, 2), after: Buffer.concat([lengthOf(3), three]) },
  'two files of one': { input: files(8), after: Buffer.alloc(8) },
  'files that are no base64': {
    input: { ...files(0), parameters: {}, data: ['***'] },
    after: Buffer.alloc(0),
  },
} satisfies Readonly<Record<string, Binary>>;

const badFiles = {
  'an empty file': { input: files(4), after: lengthOf(0) },
  text: { input: files(9), after: Buffer.concat([lengthOf(5), Buffer.from('hello')]) },
  'an image and a text': {
    input: files(encoded.png.length + 13, 2),
    after: Buffer.concat([lengthOf(encoded.png.length), encoded.png, lengthOf(5), Buffer.from('hello')]),
  },
} satisfies Readonly<Record<string, Binary>>;

const manyImages = {
  '65 images': shape(65, 1, 1, 3),
  '2^31 images': shape(2 ** 31, 1, 1, 3),
  '65 files': input({ datatype: 'BYTES', shape: [65], data: [] }),
};

const whole = {
  flat: { inputs: [good] },
  'members that are unknown': { ...{ inputs: [{ ...good, extra: 1 }] }, extra: { deep: [] } },
  'an id of 10,000 characters': { id: 'i'.repeat(10_000), inputs: [good] },
};

export const tensorKinds: readonly Kind[] = [
  { name: 'tensors in broken JSON', inputs: requests(malformed), expect: problem('malformed-json') },
  {
    name: "tensors that are not the model's",
    inputs: requests(otherTensors),
    expect: problem('invalid-request'),
  },
  { name: 'shapes', inputs: requests(otherShapes), expect: problem('invalid-request') },
  { name: 'shapes of too many pixels', inputs: requests(tooLarge), expect: problem('too-many-pixels') },
  { name: 'tensors of too many images', inputs: requests(manyImages), expect: problem('too-many-images') },
  { name: 'binary tensors', inputs: binaries(otherBinaries), expect: problem('invalid-request') },
  {
    name: 'binary tensors of files that are no images',
    inputs: binaries(badFiles),
    expect: problem('not-an-image'),
  },
  { name: 'tensors as they may be', inputs: requests(whole), expect: inferred },
];
