/** From decoded pixels to what the network sees: resizing and normalising, as graph operators. */
import { AreographError } from '../dsl/errors.ts';
import type { Model } from '../dsl/model.ts';
import { Graph, type Value } from './graph.ts';

/** Pixels 0..255 become (p / 255 - mean) / std: about -2..2, the same for each channel. */
export const normalization = { mean: 0.5, std: 0.25 } as const;

/**
 * The graphs take photographs, so a model has to take three channels.
 *
 * @throws AreographError 'model'
 */
export function requireRgb({ name, input }: Pick<Model, 'name' | 'input'>): void {
  if (input.channels === 3) return;
  throw new AreographError({
    code: 'model',
    where: name,
    expected: 'an input of 3 channels, since images are decoded to RGB',
    found: `${input.channels}`,
    next: 'Declare it as input(height, width, 3); grey images get three equal channels.',
  });
}

/** uint8 `[N, H, W, 3]` or float32 `[N, 3, H, W]` pixels to normalised float32 `[N, 3, H, W]`. */
export function normalize(pixels: Value): Value {
  // Cast first: WebGPU transposes no uint8.
  const planes = pixels.dtype === 'uint8' ? pixels.cast('float32').transpose(0, 3, 1, 2) : pixels;
  const { mean, std } = normalization;
  return planes.mul(1 / (255 * std)).sub(mean / std);
}

/**
 * How an image of any shape becomes one of the network's: its sides are resized each by a factor of its own
 * ('stretch'), or both by the one that makes the shorter side `shorterSide` pixels, and the centre is cut out.
 */
export type Fit = 'stretch' | { readonly shorterSide: number };

/**
 * Resizes uint8 `[N, height, width, 3]` to whole pixel values, float32 `[N, 3, size, size]`, by an antialiased
 * triangle filter: the bilinear filter of Pillow and of torch's `interpolate(..., antialias=True)`. ONNX's
 * Resize has no antialiasing in opset 17, so it is two matrix products whose weights come from the image's
 * size. Rounded, as those of decoded files are, so that a cache of uint8 pixels holds exactly what the
 * exported model computes.
 */
export function resize(image: Value, height: number, width: number, fit: Fit = 'stretch'): Value {
  const planes = image.transpose(0, 3, 1, 2).cast('float32');
  const sizes = image.apply('Shape', {});
  const rows = triangleWeights(side(sizes, 1).cast('float32'), placed(sizes, 1, height, fit));
  const columns = triangleWeights(side(sizes, 2).cast('float32'), placed(sizes, 2, width, fit)).transpose(
    1,
    0,
  );
  return rows.matMul(planes).matMul(columns).apply('Round', {});
}

/** Length of an axis of the image, int64. */
function side(sizes: Value, axis: number): Value {
  return sizes.gather(int64(sizes.graph, axis));
}

function int64(graph: Graph, value: number): Value {
  return graph.constant('int64', [], BigInt64Array.of(BigInt(value)));
}

/** Which pixels of a resized axis are wanted: `outputs` of its `length`, from `offset` on, by default from its start. */
interface Placement {
  readonly length: Value | number;
  readonly offset?: Value;
  readonly outputs: number;
}

/**
 * torchvision's Resize(shorterSide) and CenterCrop: each axis becomes floor(shorterSide * side / shorter side) long, and
 * is cut from round((length - outputs) / 2) on, halves to even.
 */
function placed(sizes: Value, axis: number, outputs: number, fit: Fit): Placement {
  if (fit === 'stretch') return { length: outputs, outputs };
  const [height, width] = [side(sizes, 1), side(sizes, 2)];
  const shorter = height.add(width).sub(height.max(width));
  // On integers Div is exact, and rounds down.
  const length = int64(sizes.graph, fit.shorterSide).mul(side(sizes, axis)).div(shorter).cast('float32');
  return { length, offset: length.sub(outputs).mul(0.5).apply('Round', {}), outputs };
}

/**
 * Weights of output pixel o over input pixels i, `[outputs, inputs]`: max(0, 1 - |i + 1/2 - centre| / support),
 * each row divided by its sum; centre = (o + offset + 1/2) scale, support = max(scale, 1), scale = inputs / length.
 */
function triangleWeights(inputs: Value, { length, offset, outputs }: Placement): Value {
  const { graph } = inputs;
  const scale = inputs.div(length);
  const places = graph.constant(
    'float32',
    [outputs, 1],
    Float32Array.from({ length: outputs }, (_, o) => o + 0.5),
  );
  const centres = (offset === undefined ? places : places.add(offset)).mul(scale);
  const positions = graph.scalar(0).apply('Range', {}, inputs, 1).add(0.5);
  const distances = positions.sub(centres).abs().div(scale.max(1));
  const weights = distances.oneMinus().max(0);
  return weights.div(weights.sum([1], 1));
}

/**
 * The preprocessing alone, for building a cache: uint8 `image` `[N, height, width, 3]` to uint8 `pixels`
 * `[N, H, W, 3]` of the model's input size.
 */
export function preprocessingGraph({
  height,
  width,
}: {
  readonly height: number;
  readonly width: number;
}): Graph {
  const graph = new Graph('preprocessing');
  const image = graph.input('image', 'uint8', ['N', 'height', 'width', 3]);
  const pixels = graph.scoped('resize', () =>
    resize(image, height, width).cast('uint8').transpose(0, 2, 3, 1),
  );
  graph.output('pixels', pixels);
  return graph.prune();
}
