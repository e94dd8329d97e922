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
import { type ChartSpec, chart } from './chart.ts';
import { htmlPage } from './html.ts';
import { writeDocument } from './page.ts';
import { markdownTable } from './table.ts';
import { categories, darkTwins, magnitudes, palette } from './theme.ts';
import { themedSvg } from './themedSvg.ts';

const folder = mkdtempSync(join(tmpdir(), 'areograph-document-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A clipped line, which has an id, with a legend, a heat map's colours and a text. */
const spec: ChartSpec = {
  description: 'Accuracy of "a" & <b>',
  data: {
    values: [0, 1, 2, 3].flatMap((x) => ['a', 'b'].map((series) => ({ x, y: x * x, series }))),
  },
  encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
  layer: [
    { mark: { type: 'line', clip: true }, encoding: { color: { field: 'series', type: 'nominal' } } },
    { mark: { type: 'text', text: 'hello' } },
  ],
};

describe('chart', () => {
  it('gives the same bytes, also after another chart and beside one', async () => {
    const first = await chart(spec);
    const other = await chart({ ...spec, title: 'another' });
    const together = await Promise.all([chart(spec), chart(spec)]);
    expect(together).toEqual([first, first]);
    expect(other).not.toBe(first);
  });

  it('has ids that no other chart has, and refers to no other', async () => {
    const charts = await Promise.all([chart(spec), chart({ ...spec, width: 90 })]);
    const ids = charts.map((svg) => [...svg.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
    const used = charts.map((svg) => [...svg.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id));
    expect(ids[0]?.length).toBeGreaterThan(0);
    expect(used).toEqual(ids);
    expect(ids[0]?.filter((id) => ids[1]?.includes(id))).toEqual([]);
  });

  it('replaces each of its colours where the page is dark', async () => {
    const svg = await chart(spec);
    const style = /<style>(.*)<\/style>/.exec(svg)?.[1] ?? '';
    const colours = new Set([...svg.matchAll(/ (fill|stroke)="([^"]+)"/g)].map(([whole]) => whole.trim()));
    const drawn = [...colours].filter((colour) => !/"(none|transparent)"/.test(colour));
    expect(drawn.length).toBeGreaterThan(5);
    for (const colour of drawn) expect(style).toContain(`[${colour}]{`);
  });

  it('refuses a colour that a dark page could not show', async () => {
    await expect(chart({ ...spec, background: '#123456' })).rejects.toThrow('#123456 has no dark twin');
  });

  it('refuses what vega-lite warns of', async () => {
    const stackedLogarithms: ChartSpec = {
      description: 'sums of logarithms',
      data: { values: [{ a: 1, b: 'x' }] },
      mark: 'bar',
      encoding: {
        x: { field: 'a', type: 'quantitative', stack: 'zero', scale: { type: 'log' } },
        color: { field: 'b', type: 'nominal' },
      },
    };
    await expect(chart(stackedLogarithms)).rejects.toThrow("the chart 'sums of logarithms'");
  });

  it('says what it shows to those who do not see it, and is well-formed', async () => {
    const svg = await chart(spec);
    expect(svg).toMatch(
      /^<svg role="img" aria-label="Accuracy of &quot;a&quot; &amp; &lt;b&gt;"[^>]*><title>/,
    );
    expect((await sharp(Buffer.from(svg)).metadata()).format).toBe('svg');
  });
});

/** WCAG 2.2's contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const channels = colour.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
    : (colour.match(/\d+/g) ?? []).map(Number);
  const [r = 0, g = 0, b = 0] = channels.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe('the palette', () => {
  const twin = (light: string) => darkTwins.get(light) ?? '';

  it('has one twin for each colour', () => {
    expect(darkTwins.size).toBe(Object.keys(palette).length + magnitudes.length);
  });

  it('has text that reads on the surface and on panels, in both themes', () => {
    for (const ink of [palette.text, palette.muted]) {
      for (const ground of [palette.surface, palette.panel]) {
        expect(contrast(ink.light, ground.light)).toBeGreaterThan(4.5);
        expect(contrast(ink.dark, ground.dark)).toBeGreaterThan(4.5);
      }
    }
  });

  it('has categories that stand out from the surface', () => {
    for (const colour of categories) {
      expect(contrast(colour, palette.surface.light)).toBeGreaterThan(2);
      expect(contrast(twin(colour), palette.surface.dark)).toBeGreaterThan(4.5);
    }
  });

  it('has magnitudes on which text reads: the page below the half, its opposite above', () => {
    magnitudes.forEach((colour, step) => {
      const ink = step > (magnitudes.length - 1) / 2 ? palette.surface : palette.text;
      expect(contrast(ink.light, colour)).toBeGreaterThan(3.5);
      expect(contrast(ink.dark, twin(colour))).toBeGreaterThan(3.5);
    });
  });
});

describe('themedSvg', () => {
  it('leaves addresses alone that are no ids of its own', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/><use href="#a"/><use href="#b"/></svg>';
    expect(themedSvg(svg, 'x')).toMatch(/<g id="(f[0-9a-f]{8}-0)"\/><use href="#\1"\/><use href="#b"\/>/);
  });
});

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
        { file: '01-a.svg', content: await chart(spec) },
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
