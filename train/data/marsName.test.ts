import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMarsName } from './marsName.ts';

describe('parseMarsName', () => {
  it.each([
    ['0830MR0036510000500684E01_DRCL.JPG', 830, 'Mastcam right', '0830MR0036510000500684'],
    ['calibrated/0154ML0008510010104492E01_DRCL.JPG', 154, 'Mastcam left', '0154ML0008510010104492'],
    ['C:\\msl\\0292MH0002810020103587C00_DRCL.JPG', 292, 'MAHLI', '0292MH0002810020103587'],
    ['1060MD0000010000100001I01_XXXX.png', 1060, 'MARDI', '1060MD0000010000100001'],
    ['0003ML0000000300100050I01_DRCL.JPG', 3, 'Mastcam left', '0003ML0000000300100050'],
  ] as const)('%s', (file, sol, instrument, exposure) => {
    expect(parseMarsName(file)).toEqual({ sol, instrument, exposure });
  });

  it('tells a thumbnail and its whole image to be one exposure', () => {
    const names = ['0019MR0000540060100176C00_DRCL.JPG', '0019MR0000540060100176I01_DRCL.JPG'];
    expect(new Set(names.map((name) => parseMarsName(name)?.exposure)).size).toBe(1);
  });

  it.each([
    'wheel/1.jpg',
    '0830MX0036510000500684E01_DRCL.JPG', // no such instrument
    'CAL_MR0036510000500684E01_DRCL.JPG', // tested on Earth
    '0830MR003651000050068E01_DRCL.JPG', // a digit too few
    '0830MR0036510000500684E01_DRCL', // no ending
    '0830MR0036510000500684101_DRCL.JPG', // no kind of product
    'a0830MR0036510000500684E01_DRCL.JPG',
    'FLB_397506434EDR_F0010008AUT_04096M1.JPG', // a Hazcam's
    '',
  ])('finds nothing in %j', (file) => expect(parseMarsName(file)).toBeUndefined());

  it('reads back what a name is made of', () => {
    const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`));
    fc.assert(
      fc.property(digits(4), fc.constantFrom('ML', 'MR', 'MH', 'MD'), digits(16), (sol, code, rest) => {
        const name = parseMarsName(`${sol}${code}${rest}E01_DRCL.JPG`);
        expect(name?.sol).toBe(Number.parseInt(sol, 10));
        expect(name?.exposure).toBe(sol + code + rest);
      }),
    );
  });
});
