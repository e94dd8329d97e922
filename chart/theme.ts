/**
 * Colours and fonts of the documents: every colour is a pair, one for a light page and one for a dark page, so that a
 * figure is drawn once, in the light colours, and the same file serves both themes (themedSvg.ts).
 */
import type { Config } from 'vega-lite';

/** A colour and its twin on a dark page; as CSS writes them. */
export interface ColourPair {
  readonly light: string;
  readonly dark: string;
}

/**
 * Named colours. The categories are Okabe and Ito's (Color Universal Design, 2008, https://jfly.uni-koeln.de/color/):
 * a reader who lacks a kind of cone tells them apart. Their yellow is left out, too pale on white; their black, which
 * a dark page would hide, is a grey. The dark twins are a little lighter, of the same hue.
 */
const pairs = {
  surface: { light: '#ffffff', dark: '#15181c' },
  /** Of boxes that stand out from the surface. */
  panel: { light: '#f2f4f6', dark: '#20252b' },
  text: { light: '#1b1f24', dark: '#e8eaed' },
  /** On both pages: what is written on colours of middle lightness. */
  black: { light: '#0b0e11', dark: '#0b0e11' },
  /** Of what is read second: axis labels, notes. */
  muted: { light: '#57606a', dark: '#a3adb8' },
  axis: { light: '#8b949e', dark: '#6f7984' },
  grid: { light: '#e3e6ea', dark: '#2c323a' },
  blue: { light: '#0072b2', dark: '#3f97d6' },
  vermillion: { light: '#d55e00', dark: '#ea7330' },
  green: { light: '#009e73', dark: '#1eb88b' },
  purple: { light: '#cc79a7', dark: '#da8fb8' },
  orange: { light: '#e69f00', dark: '#f0b136' },
  sky: { light: '#56b4e9', dark: '#86cbf2' },
  grey: { light: '#6e7781', dark: '#9aa4af' },
} as const satisfies Readonly<Record<string, ColourPair>>;

export type ColourName = keyof typeof pairs;

/** The pair of each name: figures are drawn with `.light`. */
export const palette: Readonly<Record<ColourName, ColourPair>> = pairs;

/** Colours of categories, in the order to take them; give a shape or a label too where there are several. */
export const categories: readonly string[] = [
  pairs.blue.light,
  pairs.vermillion.light,
  pairs.green.light,
  pairs.purple.light,
  pairs.orange.light,
  pairs.sky.light,
  pairs.grey.light,
];

/**
 * Colours of magnitudes from least to most, evenly spaced in CIELAB between ColorBrewer's lightest, middle and darkest
 * blue (https://colorbrewer2.org): they differ in lightness, which every kind of colour-blindness leaves. The least is
 * the nearest to the page, so the dark twins grow lighter.
 */
const magnitudePairs: readonly ColourPair[] = [
  { light: '#deebf7', dark: '#1a2c40' },
  { light: '#c8dff0', dark: '#213c57' },
  { light: '#b2d2ea', dark: '#274d6f' },
  { light: '#9cc6e3', dark: '#2e5e88' },
  { light: '#84badd', dark: '#3470a2' },
  { light: '#6baed6', dark: '#3a82bd' },
  { light: '#5c9aca', dark: '#6296c9' },
  { light: '#4c87bf', dark: '#83abd4' },
  { light: '#3b75b3', dark: '#a2c0e0' },
  { light: '#2763a8', dark: '#c0d5eb' },
  { light: '#08519c', dark: '#deebf7' },
];
export const magnitudes: readonly string[] = magnitudePairs.map(({ light }) => light);

/** What to write in on each of the magnitudes; those in the middle want a dark ink on either page. */
export const magnitudeInks: readonly string[] = magnitudes.map((_, step) => {
  if (step < 5) return pairs.text.light;
  return step > 7 ? pairs.surface.light : pairs.black.light;
});

/** Light colour to dark, of all colours that figures may use. */
export const darkTwins: ReadonlyMap<string, string> = new Map(
  [...Object.values(pairs), ...magnitudePairs].map(({ light, dark }) => [light, dark]),
);

const variables = (theme: keyof ColourPair) =>
  Object.entries(pairs)
    .map(([name, pair]) => `--${name}:${pair[theme]};`)
    .join('');

/** The palette as CSS variables, `var(--text)`, by the reader's theme. */
export const paletteStyle = `
:root{${variables('light')}color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{${variables('dark')}}}
`.trim();

/** What the reader's system writes in; figures need no font of their own. */
export const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Widest figure that a page shows whole, in CSS pixels. */
export const figureWidth = 760;

/** Settings of every chart; all its default colours are of the palette. */
export const vegaConfig: Config = {
  background: pairs.surface.light,
  padding: 8,
  font: fontFamily,
  // Labels of their own for each mark are many times the drawing; the chart as a whole has one (chart.ts).
  aria: false,
  view: { stroke: null },
  title: {
    anchor: 'start',
    frame: 'group',
    color: pairs.text.light,
    fontSize: 14,
    fontWeight: 600,
    subtitleColor: pairs.muted.light,
    subtitleFontSize: 12,
  },
  axis: {
    domainColor: pairs.axis.light,
    gridColor: pairs.grid.light,
    labelColor: pairs.muted.light,
    labelFlush: false,
    labelFontSize: 12,
    labelLimit: 0,
    labelSeparation: 6,
    tickColor: pairs.axis.light,
    titleColor: pairs.text.light,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titleLimit: 0,
    titlePadding: 8,
  },
  header: {
    labelColor: pairs.text.light,
    labelFontSize: 12,
    labelFontWeight: 600,
    labelLimit: 0,
    titleColor: pairs.text.light,
    titleFontSize: 12,
  },
  legend: {
    labelColor: pairs.text.light,
    labelFontSize: 12,
    labelLimit: 0,
    symbolStrokeColor: pairs.axis.light,
    titleColor: pairs.text.light,
    titleFontSize: 12,
    titleFontWeight: 'normal',
  },
  text: { color: pairs.text.light, fontSize: 12 },
  rule: { color: pairs.axis.light },
  mark: { color: pairs.blue.light },
  range: { category: [...categories], heatmap: [...magnitudes], ramp: [...magnitudes] },
};
