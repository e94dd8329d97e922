import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AreographError } from '../../dsl/errors.ts';
import { parseClassNames, parseList } from './lists.ts';

// Words without line breaks, outer spaces or ways out of the folder.
const word = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,12}$/);
const fileName = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
const space = fc.constantFrom(' ', '\t', '        ');
const ending = fc.constantFrom('\n', '\r\n', '\n\n');
const id = fc.nat({ max: 999_999_999 });

describe('parseList', () => {
  it('reads back whatever files and ids were written, however they are spaced', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fileName, id)), space, ending, (images, gap, end) => {
        const text = images.map(([file, label]) => `${file}${gap}${label}${end}`).join('');
        const read = parseList(text, 'list.txt').map((image) => [image.file, image.id]);
        expect(read).toEqual(images);
      }),
    );
  });

  it('never accepts anything but files inside the folder and whole ids, and fails only with the line', () => {
    const noise = fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', ' ', '\t', '-', '7', ':', 'C') });
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), (contents) => {
        try {
          for (const { file, id: label } of parseList(contents.join('\n'), 'list.txt')) {
            expect(file).not.toMatch(/(^|\/)\.\.(\/|$)|^\/|^[A-Za-z]:|\\/);
            expect(Number.isSafeInteger(label) && label >= 0).toBe(true);
          }
        } catch (error) {
          if (!(error instanceof AreographError)) throw error;
          expect(error.problem.where).toMatch(/^list\.txt, line [1-4]$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a.jpg', 'no id'],
    ['a.jpg -1', 'a negative id'],
    ['a.jpg 1.5', 'a fraction'],
    ['a.jpg x', 'a word'],
    ['7', 'no file'],
    ['../a.jpg 1', 'a way out'],
    ['x/..\\..\\a.jpg 1', 'a way out with backslashes'],
    ['/etc/a.jpg 1', 'an absolute path'],
    ['C:\\a.jpg 1', 'a drive'],
  ])('refuses %j (%s) and names its line, blank lines counted', (content) => {
    expect(() => parseList(`ok.jpg 1\n\n${content}\n`, 'list.txt')).toThrow(
      expect.objectContaining({ code: 'dataset', message: expect.stringMatching(/^list\.txt, line 3: /) }),
    );
  });
});

describe('parseClassNames', () => {
  it('reads names with spaces by id', () => {
    const names = parseClassNames('\uFEFF0       apxs\r\n22\tsun\r\n1  drill holes\r\n', 'map.txt');
    expect([...names]).toEqual([
      [0, 'apxs'],
      [22, 'sun'],
      [1, 'drill holes'],
    ]);
  });

  it.each([
    ['1 a\n1 b\n', /line 2: .*after line 1/],
    ['1 a\n2 a\n', /line 2: .*after line 1/],
    ['1 a\nb\n', /line 2: expected 'ID NAME', found 'b'/],
    ['1\n', /line 1: /],
  ])('refuses %j', (text, message) => {
    expect(() => parseClassNames(text, 'map.txt')).toThrow(message);
  });
});
