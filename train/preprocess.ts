/** The preprocessing graph in onnxruntime: what fills the cache is what the exported model computes. */
import { createHash } from 'node:crypto';
import { Tensor } from 'onnxruntime-node';
import { encodeModel } from '../export/onnx.ts';
import { preprocessingGraph } from '../export/preprocess.ts';
import { decoderVersion } from '../runtime/decode.ts';
import type { RgbImage } from '../runtime/image.ts';
import { openSession } from '../runtime/session.ts';

export interface Preprocessing {
  /** Identifies the graph and the decoder: a cache made by others is made again. */
  readonly key: string;
  /** uint8 RGB of any size to uint8 `[H, W, 3]` of the model's input. */
  readonly preprocess: (image: RgbImage) => Promise<Uint8Array>;
}

export async function openPreprocessing(input: {
  readonly height: number;
  readonly width: number;
}): Promise<Preprocessing> {
  const bytes = encodeModel(preprocessingGraph(input));
  // One thread: images are prepared beside each other, and each is small.
  const session = await openSession(bytes, { device: 'cpu', threads: 1 }, 'the preprocessing graph');
  return {
    key: createHash('sha256').update(bytes).update(decoderVersion).digest('hex'),
    async preprocess({ height, width, data }) {
      const { pixels } = await session.run({ image: new Tensor('uint8', data, [1, height, width, 3]) });
      if (!(pixels?.data instanceof Uint8Array)) throw new Error('the preprocessing graph gave no pixels');
      return pixels.data;
    },
  };
}
