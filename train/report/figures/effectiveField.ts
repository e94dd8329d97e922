/** What a unit of each convolution really sees, measured on trained weights. */
import { Tensor } from 'onnxruntime-node';
import { summarize } from '../../../dsl/summary.ts';
import { centreGradientGraph } from '../../../export/centreGradientGraph.ts';
import { encodeModel } from '../../../export/onnx.ts';
import { fillUniform, stream } from '../../../export/random.ts';
import { openSession } from '../../../runtime/session.ts';
import type { KeptModel } from './keptModel.ts';

/** Noise at random, so that the numbers come from the kept weights alone, without photographs. */
const images = 32;

export interface ReceptiveField {
  readonly variant: string;
  readonly layer: string;
  /** Side, in input pixels, of the square outside which nothing matters; null if that is the whole image. */
  readonly theoretical: number | null;
  readonly effect: Effect;
  /** The smallest squares that hold 50 % and 95 % of the effect. */
  readonly half: Square;
  readonly nearlyAll: Square;
}

/** How much each pixel matters: 0 for not at all, `[height, width]`. */
export interface Effect {
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** In whole pixels. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/**
 * Theoretical and effective receptive field of each convolution of a model; none for one without convolutions. The
 * effect of a pixel on a layer is the size of the gradient of the layer's unit in the middle, summed over its channels,
 * with respect to the pixel's channels, added up over noise images (Luo et al. 2016, https://arxiv.org/abs/1701.04128).
 */
export async function receptiveFields({ variant, model, weights }: KeptModel): Promise<ReceptiveField[]> {
  const { height, width, channels } = model.input;
  const noise = new Float32Array(images * height * width * channels);
  fillUniform(stream(1, 'receptive field'), noise);
  const pixels = Uint8Array.from(noise, (u) => u * 256);
  const feeds = { images: new Tensor('uint8', pixels, [images, height, width, channels]) };
  const fields: ReceptiveField[] = [];
  for (const { name, kind, receptiveField } of summarize(model).layers) {
    if (kind !== 'conv2d') continue;
    const bytes = encodeModel(centreGradientGraph(model, weights, name, images));
    const session = await openSession(bytes, { device: 'cpu' }, 'the gradient graph');
    try {
      const { gradient } = await session.run(feeds);
      if (!(gradient?.data instanceof Float32Array)) throw new Error('the graph gave no gradient');
      const effect = { height, width, values: sizesOverPlanes(gradient.data, height * width) };
      fields.push({
        variant,
        layer: name,
        theoretical: receptiveField,
        effect,
        half: squareHolding(effect, 0.5),
        nearlyAll: squareHolding(effect, 0.95),
      });
    } finally {
      await session.release();
    }
  }
  return fields;
}

/** Sum of the sizes of numbers over planes of `[..., H, W]`. */
function sizesOverPlanes(numbers: Float32Array, plane: number): Float64Array {
  const sums = new Float64Array(plane);
  for (const [i, value] of numbers.entries()) sums[i % plane] = (sums[i % plane] ?? 0) + Math.abs(value);
  return sums;
}

/**
 * The smallest square that holds a share of an effect; where there are several, the one that holds the most. Of no
 * effect at all the side is 0.
 */
export function squareHolding({ height, width, values }: Effect, share: number): Square {
  // Summed-area table (Crow 1984, https://doi.org/10.1145/800031.808600): of all above and to the left.
  const table = new Float64Array((height + 1) * (width + 1));
  const above = (y: number, x: number) => table[y * (width + 1) + x] ?? Number.NaN;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = values[y * width + x] ?? Number.NaN;
      table[(y + 1) * (width + 1) + x + 1] = value + above(y, x + 1) + above(y + 1, x) - above(y, x);
    }
  }
  const within = ({ left, top, side }: Square) => {
    const [right, bottom] = [Math.min(left + side, width), Math.min(top + side, height)];
    return above(bottom, right) - above(top, right) - above(bottom, left) + above(top, left);
  };
  // What rounding has lost must not ask for one pixel more.
  const wanted = share * above(height, width) * (1 - 1e-9);
  for (let side = 0; side < Math.max(height, width); side += 1) {
    let best = { left: 0, top: 0, side };
    for (let top = 0; top <= Math.max(height - side, 0); top += 1) {
      for (let left = 0; left <= Math.max(width - side, 0); left += 1) {
        const square = { left, top, side };
        if (within(square) > within(best)) best = square;
      }
    }
    if (within(best) >= wanted) return best;
  }
  return { left: 0, top: 0, side: Math.max(height, width) };
}
