/** What goes on inside a model file's network: compiled from the file when it is asked for, never part of its graph. */
import { type InferenceSession, Tensor } from 'onnxruntime-common';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { type ModelSummary, summarize } from '../../dsl/summary.ts';
import { featureGraph } from '../../export/featureGraph.ts';
import { readModelMetadata } from '../../export/modelFile.ts';
import { dataOf } from '../../export/namedTensor.ts';
import { decodeInitializers, encodeModel } from '../../export/onnx.ts';
import { type FirstLayer, firstLayer } from '../../runtime/firstLayer.ts';
import type { RgbImage } from '../../runtime/image.ts';
import type { ModelSource } from '../../runtime/modelSource.ts';
import { openResizing, type Resizing } from '../../runtime/resizing.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** The output of one layer for one image. */
export interface Features {
  /** `[C, H, W]`, or `[features]` of a layer without rows and columns. */
  readonly dims: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

export interface Understanding {
  readonly summary: ModelSummary;
  /**
   * What a layer gives for an image of any size. The session for a layer is kept until another is asked for.
   *
   * @throws AreographError 'name' for a layer that the model has not
   */
  features(image: RgbImage, layer: string): Promise<Features>;
  /** @throws Error if the first layer's weights are not over the image's three channels */
  filters(): FirstLayer;
  release(): Promise<void>;
}

/**
 * Opens nothing before it is asked.
 *
 * @throws AreographError 'model' if the bytes are no ONNX model, or not exported by this project
 */
export function understand(
  { bytes, where }: Pick<ModelSource, 'bytes' | 'where'>,
  runtime: Runtime,
): Understanding {
  const model = fromArchitecture(readModelMetadata(bytes, where).architecture);
  let resizing: Promise<Resizing> | undefined;
  let shown: { readonly layer: string; readonly session: Promise<InferenceSession> } | undefined;

  const weights = () => dataOf(decodeInitializers(bytes, where));

  async function sessionFor(layer: string): Promise<InferenceSession> {
    if (shown?.layer === layer) return shown.session;
    const graph = encodeModel(featureGraph(model, weights(), [layer]));
    await close();
    const session = runtime.openSession(graph, where);
    shown = { layer, session };
    // One that failed may be tried again.
    session.catch(() => {
      shown = undefined;
    });
    return session;
  }

  async function close(): Promise<void> {
    const before = await shown?.session.catch(() => undefined);
    shown = undefined;
    await before?.release();
  }

  return {
    summary: summarize(model),
    async features(image, layer) {
      resizing ??= openResizing(model.input, runtime);
      resizing.catch(() => {
        resizing = undefined;
      });
      const pixels = await (await resizing).resize(image);
      const session = await sessionFor(layer);
      const { height, width, channels } = model.input;
      const outputs = await session.run({
        images: new Tensor('uint8', pixels, [1, height, width, channels]),
      });
      const output = outputs[layer];
      if (!(output?.data instanceof Float32Array)) throw new Error(`${layer} is not as declared`);
      return { dims: output.dims.slice(1), values: output.data };
    },
    filters: () => firstLayer(model, weights()),
    async release() {
      const opened = await resizing?.catch(() => undefined);
      await Promise.all([close(), opened?.release()]);
    },
  };
}
