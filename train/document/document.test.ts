import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Marked } from 'marked';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { type ChartSpec, chart } from '../../chart/chart.ts';
import { htmlPage } from './html.ts';
import { writeDocument } from './page.ts';
import { markdownTable } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'areograph-document-'));
afterAll(() => rmSync(folder, { recursive: true }));

const dots: ChartSpec = {
  description: 'dots',
  data: { values: [{ x: 1, y: 2 }] },
  mark: 'point',
  encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
};

/** Cells of a table's body as a browser shows them. */
function shownCells(markdown: string): string[] {
  const html = new Marked().parse(markdown, { async: false });
  return [...html.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = '']) =>
    cell
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&'),
  );
}

describe('markdownTable', () => {
  it('pads and aligns', () => {
    const table = markdownTable(['model', 'accuracy', 'x'], [['cnn3x3', '9.5 %', 'a']], {
      align: ['left', 'right', 'center'],
    });
    expect(table).toBe(
      ['| model  | accuracy |  x  |', '| :----- | -------: | :-: |', '| cnn3x3 |    9.5 % |  a  |'].join(
        '\n',
      ),
    );
  });

  it('shows every sign as it is', () => {
    const signs = [
      'a|b',
      '*a* _b_',
      '`c`',
      '<b>d</b>',
      '[e](f)',
      '~~g~~',
      '&amp; &lt;',
      'h\\|',
      '\\',
      '1. x',
    ];
    expect(
      shownCells(
        markdownTable(
          ['x'],
          signs.map((sign) => [sign]),
        ),
      ),
    ).toEqual(signs);
  });

  it('shows any text as it is', () => {
    // Not an address, which Markdown turns into a link whatever is escaped.
    const word = fc
      .string({ minLength: 1, unit: fc.constantFrom(...'ab12 \\`*_{}[]()#+-.!|<>~&$"\'^=;%') })
      .map((text) => text.trim())
      .filter((text) => text !== '');
    fc.assert(
      fc.property(word, (text) => {
        expect(shownCells(markdownTable(['x'], [[text]]))).toEqual([text]);
      }),
    );
  });

  it('keeps a cell in its line', () => {
    expect(shownCells(markdownTable(['x', 'y'], [['two\n lines', 'z']]))).toEqual(['two lines', 'z']);
  });

  it('refuses a row of another length', () => {
    expect(() => markdownTable(['a', 'b'], [['1']])).toThrow('a row of 1 cells below a header of 2');
  });
});

const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
  .png()
  .toBuffer();

describe('htmlPage', () => {
  it('loads nothing', async () => {
    const html = htmlPage({
      title: 'A & B',
      markdown:
        '# T\n\n## One\n\n![a chart](figures/01-a.svg)\n\n![a photo](figures/02-b.png) and [a link](https://a.b/)\n\n' +
        '<script src="https://evil.example/x.js"></script> <img src="https://evil.example/x.png">\n',
      figures: [
        { file: '01-a.svg', content: await chart(dots) },
        { file: '02-b.png', content: png },
      ],
    });
    expect(html).toContain('<title>A &amp; B</title>');
    expect(html).not.toMatch(/<(script|link|iframe|object|embed)\b/i);
    // Addresses that a browser loads: not those of links, and not names of namespaces.
    expect([...html.matchAll(/<[a-z][^>]*\ssrc="([^"]{0,22})/g)].map(([, start]) => start)).toEqual([
      'data:image/png;base64,',
    ]);
    expect(html).not.toMatch(/@import|url\((?!#)/);
    expect(html).toMatch(/<figure><svg role="img" aria-label="a chart"/);
  });

  it('has an anchor at each heading, and a table of contents that leads there', () => {
    const html = htmlPage({
      title: 'T',
      markdown: '# T\n\n## One & two\n\n### `Code`\n\n## One & two\n',
      figures: [],
    });
    const ids = [...html.matchAll(/<h[23] id="([^"]+)"/g)].map(([, id]) => id);
    const links = [...html.matchAll(/<a href="#([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(['one--two', 'code', 'one--two-1']);
    expect(links).toEqual(ids);
  });

  it('refuses a picture that it does not have', () => {
    expect(() => htmlPage({ title: 'T', markdown: '![x](figures/09-x.svg)', figures: [] })).toThrow(
      'figures/09-x.svg is not a figure of this page',
    );
  });
});

describe('writeDocument', () => {
  const document = { name: 'report', title: 'T', markdown: 'Text.\n\n![b](figures/02-b.png)' };

  it('writes all, and removes the figures of before alone', () => {
    mkdirSync(join(folder, 'figures'));
    writeFileSync(join(folder, 'figures', '01-old.svg'), 'old');
    writeFileSync(join(folder, 'figures', 'notes.svg'), 'mine');
    writeDocument(folder, { ...document, figures: [{ file: '02-b.png', content: png }] });
    expect(readdirSync(folder).sort()).toEqual(['figures', 'report.html', 'report.md']);
    expect(readdirSync(join(folder, 'figures')).sort()).toEqual(['02-b.png', 'notes.svg']);
    expect(readFileSync(join(folder, 'figures', '02-b.png'))).toEqual(png);
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toBe('# T\n\nText.\n\n![b](figures/02-b.png)\n');
  });

  it('refuses a figure that a later document would not know as one', () => {
    const figures = [{ file: 'b.png', content: png }];
    expect(() => writeDocument(join(folder, 'other'), { ...document, figures })).toThrow(
      'no name of a figure',
    );
    expect(existsSync(join(folder, 'other'))).toBe(false);
  });

  it('says what cannot be written, and what to do', () => {
    const file = join(folder, 'report.md');
    expect(() => writeDocument(file, { ...document, figures: [{ file: '02-b.png', content: png }] })).toThrow(
      /expected a folder that can be written to, found a file where a folder should be.*another folder/,
    );
  });
});
