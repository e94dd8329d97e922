/** What units could see and what they see (figure 07e): as a chart over the layers, and as maps of the last one. */
import type { ChartSpec } from '../../../chart/chart.ts';
import { magnitudePixels } from '../../../chart/pixels.ts';
import { palette } from '../../../chart/theme.ts';
import type { Effect, ReceptiveField, Square } from './effectiveField.ts';
import { drawPanels, type Panel } from './panels.ts';
import { tilePanel } from './tiles.ts';

const series = ['in theory', '95 % of the effect', '50 % of the effect'] as const;

/** Sides over the convolutions, a panel for each variant; where theory has the whole image, that is the image's side. */
export function receptiveFieldChart(fields: readonly ReceptiveField[]): ChartSpec {
  const variants = [...new Set(fields.map(({ variant }) => variant))];
  const values = fields.flatMap(({ variant, layer, theoretical, effect, half, nearlyAll }) =>
    [theoretical ?? Math.max(effect.height, effect.width), nearlyAll.side, half.side].map((side, i) => ({
      variant,
      layer,
      side,
      series: series[i],
    })),
  );
  const legend = { orient: 'top' } as const;
  return {
    description: `Theoretical and effective receptive fields of the convolutions of ${variants.join(', ')}`,
    data: { values },
    facet: { column: { field: 'variant', sort: variants, title: null } },
    spec: {
      width: Math.floor(680 / Math.max(variants.length, 1)) - 20,
      height: 220,
      mark: { type: 'line', point: { size: 50, filled: true } },
      encoding: {
        x: { field: 'layer', type: 'ordinal', title: null, sort: null, axis: { labelAngle: -45 } },
        y: { field: 'side', type: 'quantitative', title: 'side of the square (input pixels)' },
        color: { field: 'series', type: 'nominal', sort: [...series], title: null, legend },
        shape: { field: 'series', type: 'nominal', sort: [...series], title: null, legend },
      },
    },
  };
}

/** Width of a map, in pixels. */
const target = 170;

/**
 * Where the effect on the last convolution of each variant comes from, brighter for more, with the squares that hold
 * 50 % and 95 % of it.
 *
 * @returns an SVG document with the pixels in it
 */
export async function effectMaps(fields: readonly ReceptiveField[]): Promise<string> {
  const last = new Map(fields.map((field) => [field.variant, field]));
  const panels: Panel[] = [];
  for (const { variant, layer, effect, half, nearlyAll } of last.values()) {
    const panel = await tilePanel({
      title: `${variant}, ${layer}`,
      notes: [`50 %: ${pixels(half)}`, `95 %: ${pixels(nearlyAll)}`],
      // The eye tells sizes of a few orders apart: the square root is shown.
      images: [magnitudePixels(Float32Array.from(effect.values, Math.sqrt), Math.sqrt(largestOf(effect)))],
      size: effect,
      target,
      columns: 1,
    });
    panels.push({
      ...panel,
      overlay: [half, nearlyAll].map((square) => outline(square, panel, effect)).join(''),
    });
  }
  return drawPanels(
    [panels],
    `Effective receptive fields of the last convolutions of ${[...last.keys()].join(', ')}`,
  );
}

const pixels = ({ side }: Square) => `${side}×${side} pixels`;

function largestOf({ values }: Effect): number {
  return values.reduce((largest, value) => Math.max(largest, value), 0);
}

/** In the pixels of the panel, whose picture has a margin around it. */
function outline({ left, top, side }: Square, panel: Panel, effect: Effect): string {
  const factor = Math.floor(panel.width / effect.width);
  const margin = (panel.width - factor * effect.width) / 2;
  const [x, y] = [left, top].map((pixels) => margin + pixels * factor);
  const length = side * factor;
  return `<rect x="${x}" y="${y}" width="${length}" height="${length}" fill="none" stroke="${palette.vermillion.light}" stroke-width="1.5"/>`;
}
