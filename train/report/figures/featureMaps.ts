/** What a trained network makes of one image, block after block (figure 07d). */
import { Tensor } from 'onnxruntime-node';
import { magnitudePixels } from '../../../chart/pixels.ts';
import type { Layer, LayerKind } from '../../../dsl/layers.ts';
import type { Model } from '../../../dsl/model.ts';
import { sizes } from '../../../dsl/shape.ts';
import { featureGraph } from '../../../export/featureGraph.ts';
import { encodeModel } from '../../../export/onnx.ts';
import { byActivity, type FeatureMap } from '../../../runtime/featureMaps.ts';
import type { RgbImage } from '../../../runtime/image.ts';
import { openSession } from '../../../runtime/session.ts';
import { openPreprocessing } from '../../preprocess.ts';
import type { KeptModel } from './keptModel.ts';
import { drawPanels, type Panel } from './panels.ts';
import { tilePanel } from './tiles.ts';

/** Of each block: those whose mean over the image is the largest. */
const shownChannels = 8;
/** Width of a map, in pixels. */
const target = 64;

/** Layers that take what a block has made of the image on to the next, or to the head. */
const takers: ReadonlySet<LayerKind> = new Set(['conv2d', 'flatten', 'globalAveragePool']);

export interface BlockMaps {
  /** The last of the block. */
  readonly layer: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** The most active channels, the most active first. */
  readonly maps: readonly FeatureMap[];
}

/**
 * The feature maps of one image after each block: wherever an output with rows and columns enters the next convolution
 * or the head.
 *
 * @param pixels uint8 `[H, W, 3]` of the model's input size
 */
export async function featureMapsOf(
  { model, weights }: Pick<KeptModel, 'model' | 'weights'>,
  pixels: Uint8Array,
): Promise<BlockMaps[]> {
  const blocks = lastOfBlocks(model);
  if (blocks.length === 0) return [];
  const graph = featureGraph(
    model,
    weights,
    blocks.map(({ name }) => name),
  );
  const session = await openSession(encodeModel(graph), { device: 'cpu' }, 'the feature graph');
  try {
    const { height, width, channels } = model.input;
    const results = await session.run({ images: new Tensor('uint8', pixels, [1, height, width, channels]) });
    return blocks.map((layer) => {
      const data = results[layer.name]?.data;
      if (!(data instanceof Float32Array)) throw new Error(`the feature graph gave no ${layer.name}`);
      return mostActive(layer, data);
    });
  } finally {
    await session.release();
  }
}

function lastOfBlocks({ layers }: Model): Layer[] {
  const taken = new Set(layers.filter(({ kind }) => takers.has(kind)).flatMap(({ inputs }) => inputs));
  return layers.filter((layer) => layer.kind !== 'input' && layer.shape.length === 4 && taken.has(layer));
}

function mostActive({ name, shape }: Layer, data: Float32Array): BlockMaps {
  const [channels = 0, height = 0, width = 0] = sizes(shape);
  return {
    layer: name,
    channels,
    height,
    width,
    maps: byActivity(data, height, width).slice(0, shownChannels),
  };
}

/**
 * The image as the network gets it, and below it the most active channels after each block, each from 0 (dark) to its
 * own maximum (bright).
 *
 * @returns an SVG document with the pixels in it; it shows the image
 */
export async function featureMaps(kept: KeptModel, image: RgbImage): Promise<string> {
  const { input } = kept.model;
  const pixels = await (await openPreprocessing(input)).preprocess(image);
  const rows: Panel[][] = [
    [
      await tilePanel({
        title: `What ${kept.variant} is given`,
        notes: [`${input.height}×${input.width} pixels`],
        images: [pixels],
        size: input,
        target: 2 * target,
        columns: 1,
      }),
    ],
  ];
  for (const { layer, channels, height, width, maps } of await featureMapsOf(kept, pixels)) {
    rows.push([
      await tilePanel({
        title: `After ${layer}`,
        notes: [
          `channels ${maps.map(({ channel }) => channel + 1).join(', ')} of ${channels}, ${height}×${width}`,
        ],
        images: maps.map(({ values }) => magnitudePixels(values, largestOf(values))),
        size: { height, width },
        target,
        columns: shownChannels,
      }),
    ]);
  }
  return drawPanels(rows, `Feature maps of ${kept.variant}: the most active channels after each block`);
}

function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, value), 0);
}
