/** Diagrams of declared models: every stage a box as large as its output, with its layers, shape and parameters. */

import { figureWidth, fontFamily, palette } from '../../../chart/theme.ts';
import { escapeXml, themedSvg } from '../../../chart/themedSvg.ts';
import { fromArchitecture } from '../../../dsl/architecture.ts';
import type { LayerKind } from '../../../dsl/layers.ts';
import { type Shape, sizes } from '../../../dsl/shape.ts';
import { summarize } from '../../../dsl/summary.ts';
import type { StudyRecord } from '../../experiments/result.ts';
import { type Stage, shapeText, stagesOf } from './stages.ts';

/** All in pixels. */
const card = {
  columns: 2,
  gap: 16,
  padding: 14,
  header: 66,
  line: 15,
  rowGap: 17,
  volume: 58,
  lane: 12,
} as const;
const cardWidth = (figureWidth - card.gap * (card.columns - 1)) / card.columns;
/** Connections that pass over stages leave a box below its middle and enter above it. */
const skipOffset = 4;
/** Mean width of a letter of 11 pixels, in a wide font. */
const letter = 6.4;
/** Of the column of shapes. */
const shapeWidth = 78;

const ink = {
  text: palette.text.light,
  muted: palette.muted.light,
  line: palette.axis.light,
} as const;

/** Families of layers have a colour each. */
const colours: Readonly<Record<LayerKind, string>> = {
  input: palette.grey.light,
  conv2d: palette.blue.light,
  batchNorm: palette.blue.light,
  layerNorm: palette.blue.light,
  groupNorm: palette.blue.light,
  relu: palette.blue.light,
  leakyRelu: palette.blue.light,
  gelu: palette.blue.light,
  silu: palette.blue.light,
  sigmoid: palette.blue.light,
  maxPool: palette.sky.light,
  averagePool: palette.sky.light,
  globalAveragePool: palette.sky.light,
  flatten: palette.grey.light,
  dense: palette.vermillion.light,
  dropout: palette.vermillion.light,
  add: palette.green.light,
  concat: palette.green.light,
  scale: palette.green.light,
  ensemble: palette.green.light,
  softmax: palette.vermillion.light,
};

/**
 * The architectures of variants beside each other, from input to softmax, with arrows wherever one layer takes
 * another's output. The side of a box grows with the logarithm of its height and width, its depth with that of its
 * channels; flat outputs are bars.
 *
 * @returns an SVG document for light and dark pages
 * @throws Error if the study does not declare a variant
 */
export function architectureDiagram(study: StudyRecord, variants: readonly string[]): string {
  const drawings = variants.map((variant) => {
    const declared = study.variants[variant];
    if (declared === undefined) throw new Error(`the study declares no variant ${variant}`);
    return drawModel(variant, declared.architecture);
  });
  const rows = Array.from({ length: Math.ceil(drawings.length / card.columns) }, (_, row) =>
    drawings.slice(row * card.columns, (row + 1) * card.columns),
  );
  let top = 0;
  const parts: string[] = [];
  for (const row of rows) {
    const height = Math.max(...row.map((drawing) => drawing.height));
    for (const [column, { content }] of row.entries()) {
      const box = `<rect width="${cardWidth}" height="${height}" rx="6" fill="${palette.panel.light}"/>`;
      parts.push(`<g transform="translate(${column * (cardWidth + card.gap)},${top})">${box}${content}</g>`);
    }
    top += height + card.gap;
  }
  const width = variants.length < card.columns ? cardWidth : figureWidth;
  const height = rounded(Math.max(0, top - card.gap));
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="${escapeXml(fontFamily)}" font-size="11">` +
    `<rect width="${width}" height="${height}" fill="${palette.surface.light}"/>${parts.join('')}</svg>`;
  return themedSvg(svg, `Architectures of ${variants.join(', ')}, stage by stage from input to softmax`);
}

interface Drawing {
  readonly content: string;
  readonly height: number;
}

/** A stage where it stands: its top edge, and the middle of its volume. */
interface Placed {
  readonly stage: Stage;
  readonly lines: readonly string[];
  readonly top: number;
  readonly middle: number;
}

function drawModel(name: string, architecture: unknown): Drawing {
  const model = fromArchitecture(architecture);
  const { parameters, flops } = summarize(model);
  const stages = stagesOf(model);
  const lanes = skipLanes(stages);
  const gutter = card.lane * (lanes.length === 0 ? 0 : Math.max(...lanes.map(({ lane }) => lane)) + 1);
  const left = card.padding + gutter + card.volume + 8;
  const right = cardWidth - card.padding;
  const placed = place(stages, Math.floor((right - shapeWidth - left) / letter));
  const centre = card.padding + gutter + card.volume / 2;
  const megaflops = (flops / 1e6).toLocaleString('en', { maximumSignificantDigits: 3 });
  const header = [
    text(card.padding, 24, name, `font-size="14" font-weight="600" fill="${ink.text}"`),
    text(
      card.padding,
      41,
      `${parameters.toLocaleString('en')} parameters, ${megaflops} MFLOPs`,
      `fill="${ink.muted}"`,
    ),
    text(right, 24, 'output shape', `text-anchor="end" fill="${ink.text}"`),
    text(right, 41, 'parameters', `text-anchor="end" fill="${ink.muted}"`),
  ];
  const body = placed.flatMap(({ stage, lines, top, middle }, position) => [
    volume(stage, centre, middle),
    ...lines.map((line, i) =>
      text(
        left,
        top + 12 + i * card.line,
        line,
        i === 0 ? `font-weight="600" fill="${ink.text}"` : `fill="${ink.muted}"`,
      ),
    ),
    text(right, top + 12, shapeText(stage.shape), `text-anchor="end" fill="${ink.text}"`),
    text(
      right,
      top + 12 + card.line,
      stage.parameters.toLocaleString('en'),
      `text-anchor="end" fill="${ink.muted}"`,
    ),
    ...(stage.inputs.includes(position - 1)
      ? [downArrow(centre, placed[position - 1], placed[position])]
      : []),
  ]);
  const skips = lanes.flatMap(({ from, to, lane }) => {
    const [start, end] = [placed[from], placed[to]];
    if (start === undefined || end === undefined) return [];
    return skipArrow(
      card.padding + gutter - card.lane * (lane + 1) + 4,
      card.padding + gutter,
      start.middle + skipOffset,
      end.middle - skipOffset,
    );
  });
  const last = placed.at(-1);
  const height = (last === undefined ? card.header : bottomOf(last)) + card.padding;
  return { content: [...header, ...skips, ...body].join(''), height };
}

function place(stages: readonly Stage[], lineLength: number): Placed[] {
  const placed: Placed[] = [];
  for (const stage of stages) {
    const before = placed.at(-1);
    const [first = '', ...others] = stage.layers;
    const lines = [...wrapped([first], lineLength), ...wrapped(others, lineLength)];
    const top = before === undefined ? card.header : bottomOf(before) + card.rowGap;
    const height = rowHeight(stage, lines);
    placed.push({ stage, lines, top, middle: top + height / 2 });
  }
  return placed;
}

const bottomOf = ({ stage, lines, top }: Placed) => top + rowHeight(stage, lines);

function rowHeight(stage: Stage, lines: readonly string[]): number {
  return Math.max(2 * card.line, lines.length * card.line, extent(stage.shape).height);
}

/** Words joined by commas, in lines of at most that many letters where that is possible. */
function wrapped(words: readonly string[], lineLength: number): string[] {
  const lines: string[] = [];
  for (const word of words.flatMap((phrase) => phrase.split(', '))) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 2 + word.length <= lineLength)
      lines[lines.length - 1] = `${line}, ${word}`;
    else lines.push(word);
  }
  return lines;
}

interface Extent {
  readonly side: number;
  readonly width: number;
  readonly height: number;
  /** How far the back is shifted, to the right and up. */
  readonly depth: { readonly x: number; readonly y: number };
}

function extent(shape: Shape): Extent {
  const [channels = 1, height] = sizes(shape);
  if (height === undefined) {
    const side = 4 + 2.2 * Math.log2(channels + 1);
    return { side, width: 7, height: side + 2, depth: { x: 3, y: 2 } };
  }
  const side = 6 + 3 * Math.log2(height);
  const depth = { x: 2 * Math.log2(channels + 1), y: 1.1 * Math.log2(channels + 1) };
  return { side, width: side, height: side + depth.y, depth };
}

/** A box seen from the front, a little from above and from the right. */
function volume({ kind, shape }: Stage, centre: number, middle: number): string {
  const { side, width, height, depth } = extent(shape);
  const left = centre - (width + depth.x) / 2;
  const top = middle - height / 2 + depth.y;
  const [l, t, r, b] = [left, top, left + width, top + side].map(rounded);
  const [x, y] = [rounded(depth.x), rounded(depth.y)];
  const style = `fill="${colours[kind]}" stroke="${palette.panel.light}" stroke-width="1" stroke-linejoin="round"`;
  return [
    `<path ${style} fill-opacity="0.55" d="M${l},${t}l${x},-${y}h${rounded(width)}l-${x},${y}z"/>`,
    `<path ${style} fill-opacity="0.75" d="M${r},${t}l${x},-${y}v${rounded(side)}l-${x},${y}z"/>`,
    `<path ${style} d="M${l},${t}H${r}V${b}H${l}z"/>`,
  ].join('');
}

interface Skip {
  readonly from: number;
  readonly to: number;
  /** 0 is the nearest to the boxes. */
  readonly lane: number;
}

/** Connections that pass over stages; those that run beside each other get lanes of their own. */
function skipLanes(stages: readonly Stage[]): Skip[] {
  const skips: Skip[] = [];
  for (const [to, { inputs }] of stages.entries()) {
    for (const from of new Set(inputs.filter((input) => input !== to - 1))) {
      // Ends that meet would look like one line that goes on.
      const beside = skips.filter((other) => other.from <= to && from <= other.to).map(({ lane }) => lane);
      let lane = 0;
      while (beside.includes(lane)) lane += 1;
      skips.push({ from, to, lane });
    }
  }
  return skips;
}

function downArrow(x: number, from: Placed | undefined, to: Placed | undefined): string {
  if (from === undefined || to === undefined) return '';
  const start = from.middle + extent(from.stage.shape).height / 2 + 2;
  const end = to.middle - extent(to.stage.shape).height / 2 - 2;
  return arrow(`M${rounded(x)},${rounded(start)}V${rounded(end)}`, `M${rounded(x)},${rounded(end)}l-3,-5h6z`);
}

function skipArrow(lane: number, right: number, start: number, end: number): string {
  return arrow(
    `M${rounded(right + 8)},${rounded(start)}H${rounded(lane)}V${rounded(end)}H${rounded(right + 8)}`,
    `M${rounded(right + 12)},${rounded(end)}l-5,-3v6z`,
  );
}

function arrow(line: string, head: string): string {
  return `<path fill="none" stroke="${ink.line}" stroke-linejoin="round" d="${line}"/><path fill="${ink.line}" d="${head}"/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" ${attributes}>${escapeXml(content)}</text>`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
