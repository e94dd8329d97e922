import { expect, it } from 'vitest';
import { csv } from './csv.ts';

it('quotes what has to be, and leaves no formula to a spreadsheet', () => {
  expect(
    csv([
      ['model', 'value'],
      ['a "b", c', 0.25],
      ['=1+1', -3],
      ['two\nlines', 1e-7],
    ]),
  ).toBe('model,value\r\n"a ""b"", c",0.25\r\n\'=1+1,-3\r\n"two\nlines",1e-7\r\n');
});
