/** Static quantisation of a model file: ranges of its activations on images of val, and the choice of how to clip them. */
import { setImmediate } from 'node:timers/promises';
import { Tensor } from 'onnxruntime-common';
import { fromArchitecture } from '../../dsl/architecture.ts';
import { AreographError } from '../../dsl/errors.ts';
import type { Model } from '../../dsl/model.ts';
import { featureGraph } from '../../export/featureGraph.ts';
import { encodeModelFile, readModelMetadata } from '../../export/modelFile.ts';
import { dataOf } from '../../export/namedTensor.ts';
import { decodeInitializers, encodeModel } from '../../export/onnx.ts';
import { foldBatchNorms, type WeightedModel } from '../../export/quantization/foldBatchNorms.ts';
import { observedLayers } from '../../export/quantization/quantize.ts';
import { openSession } from '../../runtime/session.ts';
import type { PixelCache } from '../data/pixelCache.ts';
import type { Pixels } from '../data/pixels.ts';
import { accuracyOf } from './agreement.ts';
import { answersOf, type OnProgress } from './answersOf.ts';
import { Histogram } from './histogram.ts';

/** How many images ranges are observed on, at most: evenly out of all, since the order is that of the days. */
const observedImages = 512;

/** Images at a time: the outputs of most layers are kept together. */
const batch = 8;

/** Shares of the numbers of an activation that its range holds: what is beyond is clipped, and the rest is finer. */
const shares = [1, 0.9999, 0.999] as const;

export interface Candidate {
  /** Of the numbers of each activation, what its range holds. */
  readonly share: number;
  /** Names of layers with weights that compute in float32. */
  readonly float32: readonly string[];
  /** On val. */
  readonly accuracy: number;
}

export interface Calibrated {
  readonly bytes: Uint8Array;
  readonly chosen: Candidate;
  readonly candidates: readonly Candidate[];
  /** How many the ranges were observed on. */
  readonly images: number;
}

/**
 * A model file whose convolutions and dense layers compute in int8. Of ranges that are clipped more or less, with first
 * and last layer in int8 or in float32, those are taken that have the highest accuracy on val; of equals the first, which
 * clips least and computes most in int8.
 *
 * @param pixels of val
 * @throws AreographError 'model' if the bytes are no model of this project, or outputs of a layer are not finite; 'dataset'
 * if there are no images
 */
export async function quantizeStatically(
  bytes: Uint8Array,
  where: string,
  pixels: PixelCache,
  onProgress: OnProgress,
): Promise<Calibrated> {
  const { architecture, provenance, ...kept } = readModelMetadata(bytes, where);
  const folded = foldBatchNorms({
    model: fromArchitecture(architecture),
    weights: dataOf(decodeInitializers(bytes, where)),
  });
  const { model, weights } = folded;
  const histograms = await observe(folded, where, pixels, onProgress);
  const images = Math.min(observedImages, pixels.count);
  let best: { readonly candidate: Candidate; readonly file: Uint8Array } | undefined;
  const candidates: Candidate[] = [];
  for (const float32 of [[], ends(model)]) {
    for (const share of shares) {
      const ranges = new Map([...histograms].map(([layer, histogram]) => [layer, histogram.range(share)]));
      const file = encodeModelFile(model, weights, {
        ...kept,
        provenance: {
          ...provenance,
          quantization: `int8; ranges of ${share * 100} % of each activation on ${images} images of val`,
        },
        quantization: { ranges, float32: new Set(float32) },
      });
      const task = `int8, ${share * 100} %${float32.length === 0 ? '' : ', ends in float32'}`;
      const answers = await answersOf(file, where, model.input, pixels, (done, total) =>
        onProgress(task, done, total),
      );
      const candidate = { share, float32, accuracy: accuracyOf(answers, pixels.labels) };
      candidates.push(candidate);
      if (best === undefined || candidate.accuracy > best.candidate.accuracy) best = { candidate, file };
    }
  }
  if (best === undefined) throw new Error('there is a way to clip');
  return { bytes: best.file, chosen: best.candidate, candidates, images };
}

/** The first and the last layer that has weights: what is lost at either end, no other layer makes up for. */
function ends({ layers }: Model): string[] {
  const weighted = layers.filter(({ kind }) => kind === 'conv2d' || kind === 'dense');
  return [...new Set([weighted.at(0), weighted.at(-1)])].flatMap((layer) => layer?.name ?? []);
}

/**
 * The outputs of the layers that are rounded, on images out of a split.
 *
 * @throws AreographError 'dataset' if there are none
 */
export async function observe(
  { model, weights }: WeightedModel,
  where: string,
  pixels: Pixels,
  onProgress: OnProgress,
): Promise<ReadonlyMap<string, Histogram>> {
  if (pixels.count === 0) {
    throw new AreographError({
      code: 'dataset',
      where: 'val',
      expected: 'images to observe the ranges of activations on',
      found: 'none',
      next: 'Give images with a split val with --data.',
    });
  }
  const layers = observedLayers(model);
  const histograms = new Map(layers.map((layer) => [layer, new Histogram()]));
  const session = await openSession(
    encodeModel(featureGraph(model, weights, layers)),
    { device: 'cpu' },
    where,
  );
  try {
    const total = Math.min(observedImages, pixels.count);
    for (let first = 0; first < total; first += batch) {
      const count = Math.min(batch, total - first);
      const images = new Uint8Array(count * pixels.imageBytes);
      const indices = Array.from({ length: count }, (_, i) =>
        Math.floor(((first + i) * pixels.count) / total),
      );
      pixels.read(indices, images);
      const { height, width, channels } = model.input;
      const outputs = await session.run({
        images: new Tensor('uint8', images, [count, height, width, channels]),
      });
      for (const [layer, histogram] of histograms) {
        const data = outputs[layer]?.data;
        if (!(data instanceof Float32Array)) throw new Error(`${layer} is not as declared`);
        histogram.add(data);
      }
      onProgress('observing val', first + count, total);
      // Signals are delivered between runs: the runtime blocks while it computes.
      await setImmediate();
    }
  } finally {
    await session.release();
  }
  return histograms;
}
