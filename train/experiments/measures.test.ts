import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callPython, pythonForTest } from '../../export/reference/python.ts';
import { confusionMatrix, measure } from './measures.ts';

const answersSchema = z.array(
  z.strictObject({
    accuracy: z.number(),
    balancedAccuracy: z.number(),
    macroF1: z.number(),
    precision: z.array(z.number().nullable()),
    recall: z.array(z.number().nullable()),
    f1: z.array(z.number().nullable()),
  }),
);

const predictionsOf = (classes: number) =>
  fc
    .array(fc.tuple(fc.nat(classes - 1), fc.nat(classes - 1)), { minLength: 1, maxLength: 60 })
    .map((pairs) => ({
      labels: pairs.map(([label]) => label),
      predictions: pairs.map(([, p]) => p),
      classes,
    }));
const anyPredictions = fc.integer({ min: 1, max: 9 }).chain(predictionsOf);

/** Every number in a value to 12 digits. */
const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'number' ? Number(part.toPrecision(12)) : part,
    ),
  );
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('measure', () => {
  it('gives what is worked out by hand, with nothing where nothing is under the line', () => {
    // Of three 0s two are found; the 1 is called 0; one of two 2s is called 3, which no image is; 4 does not occur.
    const { confusion, classes, ...means } = measure([0, 0, 0, 1, 2, 2], [0, 0, 2, 0, 2, 3], 5);
    expect(confusion).toEqual([
      [2, 0, 1, 0, 0],
      [1, 0, 0, 0, 0],
      [0, 0, 1, 1, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ]);
    expect(classes).toEqual([
      { support: 3, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 },
      { support: 1, precision: null, recall: 0, f1: 0 },
      { support: 2, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 },
      { support: 0, precision: 0, recall: null, f1: 0 },
      { support: 0, precision: null, recall: null, f1: null },
    ]);
    expect(means.accuracy).toBe(1 / 2);
    // Over the three classes that the labels have.
    expect(means.balancedAccuracy).toBeCloseTo((2 / 3 + 0 + 1 / 2) / 3, 14);
    expect(means.macroF1).toBeCloseTo((2 / 3 + 0 + 1 / 2) / 3, 14);
  });

  it('agrees with the definitions in numpy', ({ skip }) => {
    const python = pythonForTest('numpy');
    if (python === undefined) return skip();
    const cases = fc.sample(anyPredictions, { numRuns: 200, seed: 4 });
    const script = new URL('./numpy_measures.py', import.meta.url);
    const answers = answersSchema.parse(callPython(python, script, cases));
    expect(answers).toHaveLength(cases.length);
    for (const [index, { labels, predictions, classes }] of cases.entries()) {
      const { classes: byClass, confusion: _, ...means } = measure(labels, predictions, classes);
      const found = {
        ...means,
        precision: byClass.map(({ precision }) => precision),
        recall: byClass.map(({ recall }) => recall),
        f1: byClass.map(({ f1 }) => f1),
      };
      expect(rounded(found), JSON.stringify(cases[index])).toEqual(rounded(answers[index]));
    }
  });

  it('counts every image once: rows are the labels, columns the predictions, the diagonal what is right', () => {
    fc.assert(
      fc.property(anyPredictions, ({ labels, predictions, classes }) => {
        const matrix = confusionMatrix(labels, predictions, classes);
        for (let index = 0; index < classes; index += 1) {
          expect(sum(matrix[index] ?? [])).toBe(labels.filter((label) => label === index).length);
          expect(sum(matrix.map((row) => row[index] ?? 0))).toBe(
            predictions.filter((prediction) => prediction === index).length,
          );
        }
        const right = labels.filter((label, image) => label === predictions[image]).length;
        expect(sum(matrix.map((row, index) => row[index] ?? 0))).toBe(right);
      }),
    );
  });

  it('is 1 for what is all right, whatever classes are there', () => {
    fc.assert(
      fc.property(anyPredictions, ({ labels, classes }) => {
        expect(measure(labels, labels, classes)).toMatchObject({
          accuracy: 1,
          balancedAccuracy: 1,
          macroF1: 1,
        });
      }),
    );
  });

  it('refuses what are no predictions of these images', () => {
    expect(() => measure([], [], 2)).toThrow(new RangeError('expected labels, found none'));
    expect(() => measure([0, 1], [0], 2)).toThrow(
      new RangeError('expected 2 predictions, one for each image, found 1'),
    );
    for (const wrong of [-1, 2, 0.5, Number.NaN]) {
      const problem = new RangeError(`expected a class, 0 to 1, found ${wrong}`);
      expect(() => measure([0, wrong], [0, 1], 2)).toThrow(problem);
      expect(() => measure([0, 1], [0, wrong], 2)).toThrow(problem);
    }
  });
});
