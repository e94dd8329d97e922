/** Models that were trained elsewhere and exported to ONNX: a bare network, which a sidecar file describes. */
import { parse } from 'node:path';
import { Tensor } from 'onnxruntime-common';
import { AreographError } from '../dsl/errors.ts';
import { foreignPreprocessingGraph } from '../export/foreignPreprocess.ts';
import { encodeModel, externalFiles } from '../export/onnx.ts';
import { energyOf, requireNumbers, softmax } from './classification.ts';
import type { Classifier, Prediction } from './classifier.ts';
import { firstLine } from './firstLine.ts';
import { requireKind, splitAnswer } from './foreignAnswer.ts';
import { foreignInterface, type Origin } from './foreignInterface.ts';
import type { RgbImage } from './image.ts';
import type { ModelSource } from './modelSource.ts';
import type { Runtime } from './runtime.ts';
import { parseSidecar, type Sidecar } from './sidecar.ts';
import { joined } from './tensors.ts';

/**
 * Opens a network `[N, 3, H, W]` or `[N, H, W, 3]` of float32, float16 or uint8 to `[N, classes]` of float32 or float16
 * (axes of 1 beside), and asks it about a grey image to see that it is what the sidecar says.
 *
 * @throws AreographError 'model' if the bytes are no ONNX model, the sidecar is missing or wrong, or the two do not fit;
 *   'device' if the device is not there
 */
export async function openForeignModel(source: ModelSource, runtime: Runtime): Promise<Classifier> {
  const { bytes, where } = source;
  requireOneFile(bytes, where);
  const sidecar = parseSidecar(source.sidecar, where);
  const { classes, output, provenance } = sidecar;
  const { height, width } = sidecar.input;
  const name = sidecar.name ?? parse(where).name;
  const origin: Origin = { model: where, sidecar: source.sidecar?.where ?? where };

  const session = await runtime.openSession(bytes, where);
  const { inputName, outputName, batch, format } = foreignInterface(session, sidecar, origin);
  const preprocessing = await runtime.openPreprocessing(encodeModel(foreignPreprocessingGraph(format)));

  /** Together where the network takes several. */
  async function answer(images: readonly RgbImage[]): Promise<Float32Array[]> {
    const inputs: Tensor[] = [];
    for (const image of images) inputs.push(await preprocess(image));
    const batches = batch === 'any' && inputs.length > 1 ? [joined(format.dtype, inputs)] : inputs;
    const answers: Float32Array[] = [];
    for (const input of batches) {
      const { [outputName]: given } = await session.run({ [inputName]: input }, [outputName]);
      if (given === undefined) throw new Error(`the model gave no ${outputName}`);
      answers.push(...splitAnswer(outputName, given, input.dims[0] ?? 1, classes.length, origin));
    }
    return answers;
  }

  async function preprocess({ data, height, width }: RgbImage): Promise<Tensor> {
    const { input } = await preprocessing.run({ image: new Tensor('uint8', data, [1, height, width, 3]) });
    if (input === undefined) throw new Error('the preprocessing gave nothing');
    return input;
  }

  /** Asks about grey images: two where several go together, since a traced graph may hold on to a batch of 1. */
  async function check(): Promise<void> {
    const grey = { height, width, data: new Uint8Array(height * width * 3).fill(128) };
    const answers = await answer(batch === 'any' ? [grey, grey] : [grey]).catch((error: unknown) => {
      throw error instanceof AreographError ? error : doesNotRun(batch, origin, error);
    });
    for (const numbers of answers) requireKind(requireNumbers(numbers, where), output, origin);
  }

  await check();
  return {
    description: {
      name,
      classes,
      input: { height, width },
      explainable: false,
      temperature: 1,
      mirror: false,
      givesEnergy: output === 'logits',
      provenance,
    },
    async predict(images) {
      const answers = await answer(images);
      return answers.map((each) => {
        const prediction = predictionOf[output](each);
        requireNumbers(prediction.probabilities, where);
        return prediction;
      });
    },
    async explain() {
      throw new AreographError({
        code: 'explain',
        where: name,
        expected: 'a model file of this project, whose architecture can be differentiated',
        found: 'a model of another origin',
        next: 'Ask without an explanation, or ask another model.',
      });
    },
    async release() {
      await Promise.all([session.release(), preprocessing.release()]);
    },
  };
}

/** What one row of an answer says of its image: of probabilities alone the energy cannot be told. */
const predictionOf: { readonly [O in Sidecar['output']]: (answer: Float32Array) => Prediction } = {
  logits: (logits) => ({ probabilities: softmax(logits), energy: energyOf(logits) }),
  probabilities: (probabilities) => ({ probabilities }),
};

/** A model is opened from its bytes, and whoever moves it would leave the rest behind. */
function requireOneFile(bytes: Uint8Array, where: string): void {
  const files = externalFiles(bytes, where);
  if (files.length === 0) return;
  throw new AreographError({
    code: 'model',
    where,
    expected: 'a model whose weights are in the same file',
    found: `weights in ${files.join(', ')}`,
    next: `Export it with external_data=False, or join them in Python: onnx.save(onnx.load('${where}'), 'one.onnx').`,
  });
}

function doesNotRun(batch: 'one' | 'any', { model, sidecar }: Origin, error: unknown): AreographError {
  const images = { one: 'a grey image', any: 'two grey images at once' }[batch];
  return new AreographError(
    {
      code: 'model',
      where: model,
      expected: `a model that answers for ${images} of the size in ${sidecar}`,
      found: firstLine(error),
      next: 'Correct the size, or export the model again with a batch of 1.',
    },
    { cause: error },
  );
}
