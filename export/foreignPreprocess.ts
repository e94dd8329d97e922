/** From decoded pixels to what a network that was trained elsewhere takes. */
import { Graph, type Value } from './graph.ts';
import { type Fit, resize } from './preprocess.ts';
import type { DataType } from './tensorType.ts';

/** A number for each channel, in the order that the network takes them in. */
export type PerChannel = readonly [number, number, number];

export interface InputFormat {
  /** In pixels. */
  readonly height: number;
  readonly width: number;
  readonly fit: Fit;
  readonly channels: 'RGB' | 'BGR';
  /** 'NCHW' as PyTorch has it, 'NHWC' as Keras. */
  readonly layout: 'NCHW' | 'NHWC';
  /** 'uint8' takes pixels as they are: what is done to them is in the network. */
  readonly dtype: Extract<DataType, 'float32' | 'float16' | 'uint8'>;
  /** Pixels p, 0 to 255, become (p scale - mean) / std. */
  readonly scale: number;
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/**
 * One image: uint8 RGB `image` `[1, height, width, 3]` of any size to `input`, `[1, 3, H, W]` or `[1, H, W, 3]` of
 * the format's type. Of 'uint8', scale, mean and std are left out of account.
 */
export function foreignPreprocessingGraph(format: InputFormat): Graph {
  const { height, width, fit, channels, layout, dtype } = format;
  const graph = new Graph('foreignPreprocessing');
  const image = graph.input('image', 'uint8', [1, 'height', 'width', 3]);
  const rgb = graph.scoped('resize', () => resize(image, height, width, fit));
  const planes = channels === 'RGB' ? rgb : rgb.gather(graph.ints([2, 1, 0]), 1);
  const values = dtype === 'uint8' ? planes : graph.scoped('normalize', () => normalize(planes, format));
  const ordered = layout === 'NCHW' ? values : values.transpose(0, 2, 3, 1);
  graph.output('input', ordered.cast(dtype));
  return graph.prune();
}

/** (p scale - mean) / std as p (scale / std) - mean / std, each quotient rounded to float32 once. */
function normalize(planes: Value, { scale, mean, std }: InputFormat): Value {
  const perChannel = (values: readonly number[]) =>
    planes.graph.constant('float32', [1, 3, 1, 1], Float32Array.from(values));
  return planes
    .mul(perChannel(std.map((deviation) => scale / deviation)))
    .sub(perChannel(std.map((deviation, channel) => (mean[channel] ?? Number.NaN) / deviation)));
}
