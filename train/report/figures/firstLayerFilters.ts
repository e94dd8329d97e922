/** What the first layers look for: their weights as pictures (figure 07c). */
import { layerParameters } from '../../../dsl/model.ts';
import type { KeptModel } from './keptModel.ts';
import { drawPanels, type Panel } from './panels.ts';
import { weightPixels } from './pixels.ts';
import { tilePanel } from './tiles.ts';

/** Units of a dense layer that are shown: those with the largest weights, as most look like the noise they began as. */
const denseUnits = 16;
/** Of filters, in pixels. */
const target = 36;
/** Of the filters of one model: two models stand beside each other. */
const columns = 8;

/** The weights of a first layer for each of its filters or units. */
export interface FirstLayer {
  readonly layer: string;
  /** What the layer is, such as `32 filters of 3x3`. */
  readonly about: string;
  /** float32 `[3, H, W]` each. */
  readonly filters: readonly Float32Array[];
  readonly size: { readonly height: number; readonly width: number };
}

/**
 * The first layer that has weights: filters of a convolution over the image, or units of a dense layer over all its
 * pixels.
 *
 * @throws Error if the weights are not over the image's three channels
 */
export function firstLayer({ model, weights }: Pick<KeptModel, 'model' | 'weights'>): FirstLayer {
  const { height, width } = model.input;
  for (const layer of model.layers) {
    for (const { name, role, shape } of layerParameters(layer)) {
      const [count = 0, ...each] = shape;
      const length = each.reduce((product, size) => product * size, 1);
      if (role !== 'weight' || each.length === 0) continue;
      const data = weights.get(name) ?? new Float32Array();
      const filters = Array.from({ length: count }, (_, i) => data.subarray(i * length, (i + 1) * length));
      const [channels, rows, across] = each;
      if (channels === 3 && rows !== undefined && across !== undefined) {
        const about = `${count} filters of ${rows}×${across}`;
        return { layer: layer.name, about, filters, size: { height: rows, width: across } };
      }
      if (each.length === 1 && length === 3 * height * width) {
        // Flattened images are planes too: [3, H, W].
        const strongest = filters.toSorted((a, b) => squares(b) - squares(a)).slice(0, denseUnits);
        const about = `${strongest.length} of ${count} dense units, over ${height}×${width} pixels`;
        return { layer: layer.name, about, filters: strongest, size: { height, width } };
      }
      throw new Error(`${name} [${shape.join(', ')}] is not over the three channels of an image`);
    }
  }
  throw new Error(`${model.name} has no weights`);
}

/**
 * The filters of the first layer of each model, beside each other: the weights of red, green and blue as these
 * colours, mid-grey being 0. The filters of one model have one scale, which is said: full colour is three times the
 * weights' root mean square, and what is beyond looks the same.
 *
 * @returns an SVG document with the pixels in it
 */
export async function firstLayerFilters(kept: readonly KeptModel[]): Promise<string> {
  const panels: Panel[] = [];
  for (const each of kept) {
    const { about, filters, size } = firstLayer(each);
    const largest = 3 * rootMeanSquare(filters);
    panels.push(
      await tilePanel({
        title: each.variant,
        notes: [about, `full colour: ±${largest.toPrecision(2)}`],
        images: filters.map((filter) => weightPixels(filter, largest)),
        size,
        target,
        columns,
      }),
    );
  }
  return drawPanels(
    [panels],
    `Weights of the first layers of ${kept.map(({ variant }) => variant).join(', ')}`,
  );
}

function rootMeanSquare(filters: readonly Float32Array[]): number {
  const count = filters.reduce((sum, { length }) => sum + length, 0);
  return Math.sqrt(filters.reduce((sum, filter) => sum + squares(filter), 0) / count);
}

function squares(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
