/** Shapes that a model may declare, without a model. */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { thrownBy } from '../dsl/testing/thrownBy.ts';
import { splitAnswer } from './foreignAnswer.ts';
import { foreignInterface } from './foreignInterface.ts';
import { parseSidecar } from './sidecar.ts';

const origin = { model: 'm.onnx', sidecar: 'm.json' };

function tensor(name: string, type: Tensor.Type, shape: (number | string)[]): InferenceSession.ValueMetadata {
  return { name, isTensor: true, type, shape };
}
const scores = tensor('scores', 'float32', ['N', 2]);

function found(inputs: InferenceSession.ValueMetadata[], input: object = {}, outputs = [scores]) {
  const described = { classes: ['a', 'b'], input: { height: 8, width: 9, ...input }, output: 'logits' };
  const sidecar = parseSidecar({ where: 'm.json', text: JSON.stringify(described) }, 'm.onnx');
  return foreignInterface({ inputMetadata: inputs, outputMetadata: outputs }, sidecar, origin);
}

describe('the interface of a model', () => {
  it('has the layout of its axis of 3, or the one that the sidecar says', () => {
    const layouts: [shape: (number | string)[], said: object, layout: string][] = [
      [['N', 3, 8, 9], {}, 'NCHW'],
      [['N', 8, 9, 3], {}, 'NHWC'],
      [['N', 3, 'h', 'w'], {}, 'NCHW'],
      [['N', 'c', 'h', 'w'], { layout: 'NHWC' }, 'NHWC'],
      [['N', '', '', ''], { layout: 'NCHW' }, 'NCHW'],
      [['N', 3, 8, 3], { layout: 'NCHW', width: 3 }, 'NCHW'],
      [['N', 3, 9, 3], { layout: 'NHWC', height: 3 }, 'NHWC'],
    ];
    for (const [shape, said, layout] of layouts) {
      expect(found([tensor('x', 'float32', shape)], said).format.layout, shape.join()).toBe(layout);
    }
    for (const [shape, said, message] of [
      [['N', 'c', 'h', 'w'], {}, /input in m.json: expected a layout.*Add "layout": "NCHW"/],
      [['N', 3, 8, 3], { width: 3 }, /expected a layout/],
      [['N', 1, 8, 9], {}, /m.onnx: expected an input of 3 channels, found x: float32 \[N, 1, 8, 9\]/],
      [['N', 4, 8, 9], { layout: 'NCHW' }, /input.layout in m.json: expected an input of 3 channels as NCHW/],
      [['N', 3, 9, 8], {}, /input.height in m.json: expected 9, as .*\(x: float32 \[N, 3, 9, 8\]\), found 8/],
      [['N', 3, 'h', 8], {}, /input.width in m.json: expected 8, .*found 9/],
    ] as const) {
      expect(() => found([tensor('x', 'float32', [...shape])], said)).toThrow(message);
    }
  });

  it('takes one image or any number', () => {
    const batchOf = (size: number | string) => found([tensor('x', 'float32', [size, 3, 8, 9])]).batch;
    expect([1, 'N', ''].map(batchOf)).toEqual(['one', 'any', 'any']);
    expect(thrownBy(() => batchOf(2)).message).toMatch(
      /a batch of 1, or of any size, found x: float32 \[2, 3/,
    );
  });

  it('is refused with other inputs and outputs than images and numbers', () => {
    const image = tensor('x', 'float32', ['N', 3, 8, 9]);
    for (const [inputs, outputs, message] of [
      [[], [scores], /one input of 4 axes: images, found none/],
      [[image, image], [scores], /one input of 4 axes.*found x: float32 \[N, 3, 8, 9\], x/],
      [[tensor('x', 'float32', ['N', 216])], [scores], /one input of 4 axes/],
      [[{ name: 'x', isTensor: false }], [scores], /found x: no tensor/],
      [[tensor('x', 'float64', ['N', 3, 8, 9])], [scores], /float32, float16, uint8, found x: float64/],
      [[image], [tensor('top', 'int64', ['N'])], /float32 or float16, found top: int64 \[N\]/],
      [[image], [{ name: 'y', isTensor: false }], /found y: no tensor/],
      [[image], [scores, scores], /outputName in m.json: expected the name of one of the outputs/],
    ] as const) {
      const error = thrownBy(() => found([...inputs], {}, [...outputs]));
      expect(error.code).toBe('model');
      expect(error.message).toMatch(message);
    }
  });
});

describe('an answer', () => {
  const of = (dims: readonly number[], images: number, classes: number) =>
    splitAnswer(
      'y',
      new Tensor(
        'float32',
        Float32Array.from({ length: 12 }, (_, i) => i),
        dims,
      ),
      images,
      classes,
      origin,
    );

  it('is one row for each image, whatever axes of 1 it has', () => {
    for (const dims of [
      [2, 6],
      [2, 6, 1, 1],
      [2, 1, 1, 6],
    ]) {
      expect(of(dims, 2, 6).map((row) => Array.from(row))).toEqual([
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10, 11],
      ]);
    }
  });

  it('is refused with other shapes', () => {
    expect(() => of([2, 6], 2, 4)).toThrow(/classes in m.json: .*\(y: \[2, 6\]\), found 4/);
    expect(() => of([2, 2, 3], 2, 6)).toThrow(/classes in m.json/);
    expect(() => of([1, 12], 2, 6)).toThrow(
      /m.onnx: expected an answer for each of 2 images, found y: \[1, 12\]/,
    );
    expect(() => of([12], 2, 6)).toThrow(/each of 2 images/);
  });
});
