import { expect, it } from 'vitest';
import { accuracyOf, agreementOf, largestChangeOf } from './agreement.ts';

const kept = [
  Float32Array.of(0.5, 0.25, 0.25),
  Float32Array.of(0.125, 0.5, 0.375),
  Float32Array.of(0.25, 0.25, 0.5),
  Float32Array.of(0.5, 0.5, 0),
];
const other = [
  Float32Array.of(0.25, 0.5, 0.25),
  Float32Array.of(0.125, 0.5, 0.375),
  Float32Array.of(0.375, 0, 0.625),
  Float32Array.of(0.5, 0.5, 0),
];

it('accuracy counts top classes that are the label; of equal ones the first counts', () => {
  expect(accuracyOf(kept, Int32Array.of(0, 1, 1, 0))).toBe(0.75);
  expect(accuracyOf(kept, Int32Array.of(2, 2, 2, 1))).toBe(0.25);
});

it('agreement counts images, whatever their label; the change is the largest of any class', () => {
  expect(agreementOf(kept, other)).toBe(0.75);
  expect(largestChangeOf(kept, other)).toBe(0.25);
  expect(largestChangeOf(other, kept)).toBe(0.25);
  expect(agreementOf(kept, kept)).toBe(1);
  expect(largestChangeOf(kept, kept)).toBe(0);
});

it('what cannot be compared is not', () => {
  expect(() => agreementOf(kept, kept.slice(1))).toThrow('4 answers beside 3');
});
