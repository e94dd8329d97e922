import { expect, it } from 'vitest';
import { placeText, strongestPlace } from './place.ts';

it('is where the largest value is', () => {
  const values = [0, 0.2, 0, 0, 0, 1];
  expect(strongestPlace({ height: 2, width: 3, values })).toEqual({ x: 2.5 / 3, y: 0.75 });
  expect(strongestPlace({ height: 2, width: 3, values: values.map(() => 0) })).toBeUndefined();
});

it('is said by thirds', () => {
  const said = (x: number, y: number) => placeText({ x, y });
  expect([said(0.1, 0.1), said(0.5, 0.5), said(0.9, 0.5), said(1, 1), said(0.4, 0.7)]).toEqual([
    'at the top on the left',
    'in the middle',
    'in the middle on the right',
    'at the bottom on the right',
    'at the bottom',
  ]);
});
