/** Calibration, coverage and separation: by hand, and by formulas that share no code with what is tested. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callPython, pythonForTest } from '../../export/reference/python.ts';
import { measure } from '../experiments/measures.ts';
import { calibrationOf, mostProbable, withoutTemperature } from './calibration.ts';
import { atConfidence, coverageCurve, thinned } from './coverage.ts';
import { separation } from './separation.ts';

/** A row of probabilities for each of some images, and their labels. */
const answered = fc
  .integer({ min: 2, max: 6 })
  .chain((classes) =>
    fc.array(
      fc.tuple(
        fc.array(fc.double({ min: -6, max: 6, noNaN: true }), { minLength: classes, maxLength: classes }),
        fc.nat(classes - 1),
      ),
      { minLength: 1, maxLength: 60 },
    ),
  );

function softmax(logits: readonly number[], temperature = 1): Float32Array {
  const powers = logits.map((z) => Math.exp(z / temperature));
  const total = powers.reduce((a, b) => a + b);
  return Float32Array.from(powers, (power) => power / total);
}

describe('calibrationOf', () => {
  it('gives what is calculated by hand', () => {
    const rows = [
      [0.75, 0.25],
      [0.79, 0.21],
      [0.4, 0.6],
      [1, 0],
    ].map((row) => Float32Array.from(row));
    const found = calibrationOf(rows, [0, 1, 1, 1], 1.5);
    expect(found.temperature).toBe(1.5);
    // 2 x 0.25^2 + 2 x 0.79^2 + 2 x 0.4^2 + 2 x 1^2, over 4
    expect(found.brier).toBeCloseTo((0.125 + 1.2482 + 0.32 + 2) / 4, 6);
    expect(found.nll).toBeCloseTo(
      -(Math.log(0.75) + Math.log(0.21) + Math.log(0.6) + Math.log(1e-12)) / 4,
      5,
    );
    // 0.75 and 0.79 share the bin from 11/15 to 12/15; 0.6 as a float32 is just over 9/15; 1 is in the last.
    expect(found.bins.map(({ images }) => images)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 1]);
    expect(found.bins[11]?.confidence).toBeCloseTo(0.77, 6);
    expect(found.bins[11]?.accuracy).toBe(0.5);
    expect(found.bins[14]).toEqual({ images: 1, confidence: 1, accuracy: 0 });
    expect(found.bins[0]).toEqual({ images: 0, confidence: null, accuracy: null });
    // Of two images |0.5 - 0.77|, of one |1 - 0.6|, of one |0 - 1|.
    expect(found.ece).toBeCloseTo((2 * 0.27 + 0.4 + 1) / 4, 6);
  });

  it('takes the first of equal classes', () => {
    const found = calibrationOf([Float32Array.of(0.5, 0.5)], [0], 1);
    // 0.5 = 7.5 / 15 is in the eighth bin.
    expect(found.bins.findIndex(({ images }) => images === 1)).toBe(7);
    expect(found.bins[7]?.accuracy).toBe(1);
  });
});

describe('withoutTemperature', () => {
  it('gives the softmax of the logits, whatever they were divided by', () => {
    const logits = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 2, maxLength: 8 });
    const temperature = fc.double({ min: 0.4, max: 5, noNaN: true });
    fc.assert(
      fc.property(logits, temperature, (row, t) => {
        const found = withoutTemperature(softmax(row, t), t);
        for (const [index, p] of softmax(row).entries()) expect(found[index]).toBeCloseTo(p, 4);
      }),
    );
  });

  it('takes a probability of 0 for the least that there is', () => {
    expect([...withoutTemperature(Float32Array.of(1, 0), 2)]).toEqual([1, 0]);
  });
});

describe('coverageCurve', () => {
  it('answers images of one confidence together', () => {
    const curve = coverageCurve([0.5, 0.9, 0.5, 0.7], [false, true, true, false]);
    expect(curve).toEqual([
      { confidence: 0.9, coverage: 0.25, accuracy: 1 },
      { confidence: 0.7, coverage: 0.5, accuracy: 0.5 },
      { confidence: 0.5, coverage: 1, accuracy: 0.5 },
    ]);
    expect(atConfidence(curve, 0.9)).toEqual({ coverage: 0.25, accuracy: 1 });
    expect(atConfidence(curve, 0.6)).toEqual({ coverage: 0.5, accuracy: 0.5 });
    expect(atConfidence(curve, 0.91)).toBeNull();
  });

  it('at any confidence counts those that reach it', () => {
    const images = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()), { minLength: 1 });
    fc.assert(
      fc.property(images, fc.integer({ min: 0, max: 20 }), (list, least) => {
        const curve = coverageCurve(
          list.map(([confidence]) => confidence),
          list.map(([, right]) => right),
        );
        const answeredOnes = list.filter(([confidence]) => confidence >= least);
        expect(atConfidence(curve, least)).toEqual(
          answeredOnes.length === 0
            ? null
            : {
                coverage: answeredOnes.length / list.length,
                accuracy: answeredOnes.filter(([, right]) => right).length / answeredOnes.length,
              },
        );
      }),
    );
  });

  it('is drawn by a point for each percent at most, its last among them', () => {
    const curve = coverageCurve(
      Array.from({ length: 1305 }, (_, i) => 1 / (1 + i)),
      Array.from({ length: 1305 }, (_, i) => i % 3 > 0),
    );
    const few = thinned(curve);
    expect(few).toHaveLength(100);
    expect(few.at(-1)).toEqual(curve.at(-1));
    // 13 of 1305 images are the last that are within 1 %.
    expect(few[0]).toEqual(curve[12]);
    expect(thinned(curve.slice(0, 3).map((p, i) => ({ ...p, coverage: (i + 1) / 3 })))).toHaveLength(3);
  });
});

describe('separation', () => {
  it('gives what is calculated by hand', () => {
    // Of 2 x 3 pairs the known wins 3 and ties 1; the threshold is 2, which two of the three others reach.
    expect(separation([2, 5], [1, 2, 4])).toEqual({ auroc: 4.5 / 6, fpr95: 2 / 3 });
    // 19 of 20 known reach 2: one may fall below.
    const known = [1, ...new Array<number>(19).fill(2)];
    expect(separation(known, [1.5]).fpr95).toBe(0);
    expect(separation(known.slice(1), [1.5, 2, 3, 1]).fpr95).toBe(0.5);
  });

  it('agrees with counting pairs, and turns round with the score', () => {
    const scores = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(scores, scores, (known, others) => {
        const wins = known.flatMap((a) => others.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        const share = wins.reduce<number>((a, b) => a + b, 0) / wins.length;
        expect(separation(known, others).auroc).toBeCloseTo(share, 12);
        expect(separation(others, known).auroc).toBeCloseTo(1 - share, 12);
      }),
    );
  });
});

const measures = ['nll', 'brier', 'ece', 'macroF1', 'auroc', 'fpr95'] as const;
const number = z.number();
const referenceSchema = z.object({
  nll: number,
  brier: number,
  ece: number,
  macroF1: number,
  auroc: number,
  fpr95: number,
  coverage: z.array(z.tuple([number, number])),
});
const python = pythonForTest('numpy');

it.runIf(python)('all agree with numpy', () => {
  if (python === undefined) return;
  fc.assert(
    fc.property(answered, (images) => {
      const rows = images.map(([logits]) => softmax(logits));
      const labels = images.map(([, label]) => label);
      const tops = rows.map(mostProbable);
      const known = tops.map(({ confidence }) => confidence);
      const others = rows.map((row) => Math.max(...row.subarray(1)));
      const thresholds = known.slice(0, 5);
      const numpy = referenceSchema.parse(
        callPython(python, new URL('numpy_confidence.py', import.meta.url), {
          probabilities: rows.map((row) => [...row]),
          labels,
          known,
          others,
          thresholds,
        }),
      );
      const { nll, brier, ece } = calibrationOf(rows, labels, 1);
      const curve = coverageCurve(
        known,
        tops.map(({ prediction }, image) => prediction === labels[image]),
      );
      const predictions = tops.map(({ prediction }) => prediction);
      const { macroF1 } = measure(labels, predictions, rows[0]?.length ?? 0);
      const { auroc, fpr95 } = separation(known, others);
      const found = { nll, brier, ece, macroF1, auroc, fpr95 };
      for (const name of measures) expect(found[name], name).toBeCloseTo(numpy[name], 9);
      for (const [index, threshold] of thresholds.entries()) {
        const { coverage = Number.NaN, accuracy = Number.NaN } = atConfidence(curve, threshold) ?? {};
        expect(coverage).toBeCloseTo(numpy.coverage[index]?.[0] ?? Number.NaN, 12);
        expect(accuracy).toBeCloseTo(numpy.coverage[index]?.[1] ?? Number.NaN, 12);
      }
    }),
    { numRuns: 8 },
  );
});
