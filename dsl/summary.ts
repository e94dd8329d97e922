/** The layer table people know from Keras, with cost and receptive field. */
import type { Layer } from './layers.ts';
import { flops, layerParameters, type Model, windowOf } from './model.ts';
import { formatShape } from './shape.ts';

export interface LayerSummary {
  readonly name: string;
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly shape: string;
  readonly parameters: number;
  /** Of them, those that training changes by gradient; the rest are running statistics. */
  readonly trainable: number;
  /** Floating-point operations for one image, a multiply-add counting as two. */
  readonly flops: number;
  /** Side length, in input pixels, of the square that one output element sees; null once it sees everything. */
  readonly receptiveField: number | null;
}

export interface ModelSummary {
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly trainable: number;
  readonly flops: number;
}

/** Numbers of each layer and their totals. */
export function summarize(declared: Model): ModelSummary {
  const fields = receptiveFields(declared.layers);
  const layers = declared.layers.map((layer) => {
    const all = layerParameters(layer);
    return {
      name: layer.name,
      kind: layer.kind,
      inputs: layer.inputs.map(({ name }) => name),
      shape: formatShape(layer.shape),
      parameters: total(all.map(({ shape }) => elements(shape))),
      trainable: total(all.filter(({ trainable }) => trainable).map(({ shape }) => elements(shape))),
      flops: flops(layer),
      receptiveField: seen(fields.get(layer), declared.input),
    };
  });
  return {
    layers,
    parameters: total(layers.map((layer) => layer.parameters)),
    trainable: total(layers.map((layer) => layer.trainable)),
    flops: total(layers.map((layer) => layer.flops)),
  };
}

/** The summary as text: name, kind, output shape, parameters, FLOPs, receptive field, totals, reasons. */
export function summary(declared: Model): string {
  const { layers, parameters, trainable, flops: totalFlops } = summarize(declared);
  const branched = layers.some(({ inputs }, i) => i > 0 && inputs.join() !== layers[i - 1]?.name);
  const header = ['layer', 'kind', 'output', 'parameters', 'FLOPs', 'sees', ...(branched ? ['from'] : [])];
  const rows = layers.map((layer) => [
    layer.name,
    layer.kind,
    layer.shape,
    layer.parameters.toLocaleString('en'),
    si(layer.flops),
    receptiveFieldText(layer),
    ...(branched ? [layer.inputs.join(', ')] : []),
  ]);
  const numeric = new Set([3, 4, 5]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        numeric.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [
    `${declared.name}: ${declared.input.height}x${declared.input.width}x${declared.input.channels} to ${declared.classes} classes`,
    rule,
    line(header),
    rule,
    ...rows.map(line),
    rule,
    `${parameters.toLocaleString('en')} parameters (${trainable.toLocaleString('en')} trainable), ${megabytes(parameters)} MB as float32`,
    `${si(totalFlops)}FLOPs for one image (a multiply-add is two)`,
    ...declared.reasons.map((reason) => `- ${reason}`),
  ].join('\n');
}

/** `7x7`, or `all` once a layer sees the whole image. */
export function receptiveFieldText({ receptiveField }: Pick<LayerSummary, 'receptiveField'>): string {
  return receptiveField === null ? 'all' : `${receptiveField}x${receptiveField}`;
}

interface Field {
  /** Input pixels seen along one axis. */
  readonly size: number;
  /** Input pixels between neighbouring outputs. */
  readonly jump: number;
}

/** size' = size + (kernel - 1) jump, jump' = jump stride (Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields). */
function receptiveFields(layers: readonly Layer[]): Map<Layer, Field> {
  const fields = new Map<Layer, Field>();
  for (const layer of layers) {
    if (layer.shape.length === 2) continue; // flattened or pooled over all positions: it sees the whole image
    const incoming = layer.inputs.flatMap((input) => fields.get(input) ?? []);
    const size = Math.max(1, ...incoming.map((field) => field.size));
    const jump = Math.max(1, ...incoming.map((field) => field.jump));
    const window = windowOf(layer);
    fields.set(
      layer,
      window === undefined
        ? { size, jump }
        : { size: size + (window.kernel - 1) * jump, jump: jump * window.stride },
    );
  }
  return fields;
}

function seen(field: Field | undefined, { height, width }: Model['input']): number | null {
  return field === undefined || field.size >= Math.max(height, width) ? null : field.size;
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** 1,234,567 as '1.23 M'. */
export function si(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T'];
  let scaled = value;
  let unit = 0;
  // 999.5 is where three digits would round up to 1000, which toPrecision writes as 1.00e+3.
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? scaled : scaled.toPrecision(3)} ${units[unit]}`;
}

function megabytes(parameters: number): string {
  return ((parameters * 4) / 1e6).toFixed(1);
}
