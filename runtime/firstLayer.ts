/** What a network's first layer looks for: its weights, filter by filter. */
import { layerParameters, type Model } from '../dsl/model.ts';
import type { Weights } from '../export/weights.ts';

/** Units of a dense layer that are given: those with the largest weights, as most look like the noise they began as. */
const denseUnits = 16;

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
export function firstLayer({ name: modelName, input, layers }: Model, weights: Weights): FirstLayer {
  const { height, width } = input;
  for (const layer of layers) {
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
  throw new Error(`${modelName} has no weights`);
}

/** What pictures of the filters show as full colour: three times the root mean square of all of them together. */
export function fullColour({ filters }: Pick<FirstLayer, 'filters'>): number {
  const count = filters.reduce((sum, { length }) => sum + length, 0);
  return 3 * Math.sqrt(filters.reduce((sum, filter) => sum + squares(filter), 0) / count);
}

function squares(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
