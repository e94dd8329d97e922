import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type ChartSpec, chart } from './chart.ts';
import { categories, darkTwins, magnitudeInks, magnitudes, palette } from './theme.ts';
import { themedSvg } from './themedSvg.ts';

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

  it('has an ink that reads on each magnitude, in both themes', () => {
    expect(magnitudeInks).toHaveLength(magnitudes.length);
    magnitudes.forEach((colour, step) => {
      const ink = magnitudeInks[step] ?? '';
      expect(contrast(ink, colour)).toBeGreaterThan(4.3);
      expect(contrast(twin(ink), twin(colour))).toBeGreaterThan(4.3);
    });
  });
});

describe('themedSvg', () => {
  it('leaves addresses alone that are no ids of its own', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/><use href="#a"/><use href="#b"/></svg>';
    expect(themedSvg(svg, 'x')).toMatch(/<g id="(f[0-9a-f]{8}-0)"\/><use href="#\1"\/><use href="#b"\/>/);
  });
});
