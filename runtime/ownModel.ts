/** Model files of this project, whose graphs are complete: from uint8 pixels of any size to an answer. */
import { type InferenceSession, Tensor } from 'onnxruntime-common';
import { fromArchitecture } from '../dsl/architecture.ts';
import { AreographError } from '../dsl/errors.ts';
import { explainedLayers, explainGraph } from '../export/explainGraph.ts';
import { type ModelMetadata, readModelMetadata } from '../export/modelFile.ts';
import { dataOf } from '../export/namedTensor.ts';
import { decodeInitializers, encodeModel } from '../export/onnx.ts';
import { requireNumbers } from './classification.ts';
import type { Classifier, Prediction } from './classifier.ts';
import { heatMap } from './heatMap.ts';
import type { RgbImage } from './image.ts';
import type { ModelSource } from './modelSource.ts';
import { openResizing } from './resizing.ts';
import type { Runtime } from './runtime.ts';
import { rows } from './tensors.ts';

/** From here on an image takes so much memory while it is resized that the model's session should not keep it. */
const largePixels = 1_000_000;

/**
 * @throws AreographError 'model' if the bytes are no ONNX model, or not exported by this project; 'device' if the device
 *   is not there
 */
export async function openOwnModel(
  { bytes, where }: Pick<ModelSource, 'bytes' | 'where'>,
  runtime: Runtime,
): Promise<Classifier> {
  const metadata = readModelMetadata(bytes, where);
  const { name, classes, provenance, temperature, mirror, energyThreshold } = metadata;
  const model = fromArchitecture(metadata.architecture);
  const session = await runtime.openSession(bytes, where);
  const outputs = outputsOf(session);
  requireAnswer(outputs, metadata, where);
  const givesEnergy = outputs.includes(energyOutput);
  const { height, width } = model.input;
  const resizing = await openResizing(model.input, runtime);

  let explaining: Promise<InferenceSession> | undefined;

  /** Compiled when it is first asked for, from the architecture and the weights in the file. */
  function openExplanation(): Promise<InferenceSession> {
    const weights = dataOf(decodeInitializers(bytes, where));
    return runtime.openSession(encodeModel(explainGraph(model, weights)), where);
  }

  async function predict(images: readonly RgbImage[]): Promise<Prediction[]> {
    const [first] = images;
    if (first === undefined) return [];
    // One alone goes as it is, unless it is large. For several to go together they need one size; resizing to a size
    // that an image has already changes nothing, so the graph, which resizes again, gives them the same answers.
    const whole = images.length === 1 && first.height * first.width <= largePixels;
    const batch = whole ? first : await resizeAll(images);
    const feeds = { image: toTensor(batch, images.length) };
    const found = await session.run(feeds, givesEnergy ? ['probabilities', 'energy'] : ['probabilities']);
    const numbersOf = (output: 'probabilities' | 'energy') => {
      const data = found[output]?.data;
      if (!(data instanceof Float32Array)) throw new Error(`${output} is not as declared`);
      return requireNumbers(data, where);
    };
    const probabilities = rows(numbersOf('probabilities'), classes.length);
    if (!givesEnergy) return probabilities.map((each) => ({ probabilities: each }));
    return Array.from(numbersOf('energy'), (energy, i) => {
      const { [i]: each } = probabilities;
      if (each === undefined) throw new Error('more energies than probabilities');
      return { probabilities: each, energy };
    });
  }

  /** The images one below the other, each `height` x `width`. */
  async function resizeAll(images: readonly RgbImage[]): Promise<RgbImage> {
    const data = new Uint8Array(images.length * height * width * 3);
    for (const [i, image] of images.entries()) {
      data.set(await resizing.resize(image), i * height * width * 3);
    }
    return { height, width, data };
  }

  return {
    description: {
      name,
      classes,
      input: { height, width },
      explainable: explainedLayers(model).length > 0,
      temperature,
      mirror,
      givesEnergy,
      ...(energyThreshold === undefined ? {} : { energyThreshold }),
      provenance,
    },
    predict,
    async explain(image, classIndex) {
      explaining ??= openExplanation();
      const { maps } = await (await explaining).run({
        images: toTensor(await resizeAll([image]), 1),
        classes: new Tensor('int64', BigInt64Array.of(BigInt(classIndex)), [1]),
      });
      if (!(maps?.data instanceof Float32Array)) throw new Error('maps are not as declared');
      const [, height = 0, width = 0] = maps.dims;
      return heatMap(maps.data, height, width);
    },
    async release() {
      const opened = await explaining?.catch(() => undefined);
      await Promise.all([session.release(), resizing.release(), opened?.release()]);
    },
  };
}

/** Files that were exported before there were energies have none. */
const energyOutput = 'energy: float32 [N]';

/** Such as `energy: float32 [N]`. */
function outputsOf({ outputMetadata }: InferenceSession): string[] {
  return outputMetadata.map((output) =>
    output.isTensor ? `${output.name}: ${output.type} [${output.shape.join(', ')}]` : output.name,
  );
}

/** Metadata can be copied onto any graph: what the graph answers is checked before anyone asks. */
function requireAnswer(
  outputs: readonly string[],
  { classes, energyThreshold }: Pick<ModelMetadata, 'classes' | 'energyThreshold'>,
  where: string,
): void {
  const needed: [output: string, reason: string][] = [
    [`probabilities: float32 [N, ${classes.length}]`, 'one for each class named in its metadata'],
  ];
  if (energyThreshold !== undefined) needed.push([energyOutput, 'for which its metadata have a threshold']);
  for (const [output, reason] of needed) {
    if (outputs.includes(output)) continue;
    throw new AreographError({
      code: 'model',
      where,
      expected: `an output ${output}, ${reason}`,
      found: outputs.join(', '),
      next: 'Export the model again.',
    });
  }
}

/** uint8 `[N, height, width, 3]`. */
function toTensor({ data, height, width }: RgbImage, images: number): Tensor {
  return new Tensor('uint8', data, [images, height, width, 3]);
}
