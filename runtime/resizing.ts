/** Images as one network gets them: resized by the very graph that its model files begin with. */
import { Tensor } from 'onnxruntime-common';
import { encodeModel } from '../export/onnx.ts';
import { preprocessingGraph } from '../export/preprocess.ts';
import type { RgbImage } from './image.ts';
import type { Runtime } from './runtime.ts';

export interface Resizing {
  /** An image of any size as uint8 `[H, W, 3]` of the network's input. */
  resize(image: RgbImage): Promise<Uint8Array>;
  release(): Promise<void>;
}

export async function openResizing(
  input: { readonly height: number; readonly width: number },
  runtime: Runtime,
): Promise<Resizing> {
  const session = await runtime.openPreprocessing(encodeModel(preprocessingGraph(input)));
  return {
    async resize({ height, width, data }) {
      const { pixels } = await session.run({ image: new Tensor('uint8', data, [1, height, width, 3]) });
      if (!(pixels?.data instanceof Uint8Array)) throw new Error('pixels are not as declared');
      return pixels.data;
    },
    release: () => session.release(),
  };
}
