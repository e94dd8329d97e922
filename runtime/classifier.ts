/** A model file, ready to answer: the one way from pixels to named classes. */
import { readFile } from 'node:fs/promises';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';
import { type ModelMetadata, readModelMetadata } from '../export/modelFile.ts';
import type { RgbImage } from './decode.ts';
import { openSession, type SessionOptions } from './session.ts';
import { unreadable } from './unreadable.ts';

export const scoreSchema = z.object({
  class: z.string(),
  /** 0 to 1; those of all classes add up to 1. */
  probability: z.number(),
});
export type Score = z.infer<typeof scoreSchema>;

export const classificationSchema = z.object({
  /** The most probable class. */
  top: scoreSchema,
  /** Every class of the model, the most probable first; equal ones in the model's order. */
  classes: z.array(scoreSchema).min(1),
});
export type Classification = z.infer<typeof classificationSchema>;

export interface Classifier {
  readonly metadata: ModelMetadata;
  /** Classifies one image of any size. Blocks its thread while the model computes. */
  classify(image: RgbImage): Promise<Classification>;
}

/**
 * Opens a model file.
 *
 * @throws AreographError 'model' if it is missing, no ONNX model, or not exported by this project; 'device' if the
 *   device is not there
 */
export async function loadClassifier(file: string, options: SessionOptions): Promise<Classifier> {
  return openClassifier(await readModelFile(file), options, file);
}

/** The bytes of a model file, for {@link openClassifier}. @throws AreographError 'model' if it cannot be read */
export async function readModelFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new AreographError(
      {
        code: 'model',
        where: file,
        expected: 'a model file',
        found: unreadable(error),
        next: 'Give a .onnx file that `npm run train` exported.',
      },
      { cause: error },
    );
  }
}

/** Like {@link loadClassifier}, from the bytes of a model file; errors call it `where`. */
export async function openClassifier(
  bytes: Uint8Array,
  options: SessionOptions,
  where: string,
): Promise<Classifier> {
  const metadata = readModelMetadata(bytes, where);
  const session = await openSession(bytes, options, where);
  requireAnswer(session, metadata.classes.length, where);
  return {
    metadata,
    classify: async (image) => rank(metadata.classes, await run(session, image), where),
  };
}

/** Metadata can be copied onto any graph: what the graph answers is checked before anyone asks. */
function requireAnswer(session: InferenceSession, classes: number, where: string): void {
  const found = session.outputMetadata.map((output) =>
    output.isTensor ? `${output.name}: ${output.type} [${output.shape.join(', ')}]` : output.name,
  );
  if (found.includes(`probabilities: float32 [N, ${classes}]`)) return;
  throw new AreographError({
    code: 'model',
    where,
    expected: `an output probabilities: float32 [N, ${classes}], one for each class named in its metadata`,
    found: found.join(', '),
    next: 'Export the model again.',
  });
}

/** float32 `[classes]`. */
async function run(session: InferenceSession, { data, height, width }: RgbImage): Promise<Float32Array> {
  const { probabilities } = await session.run({ image: new Tensor('uint8', data, [1, height, width, 3]) });
  if (probabilities?.data instanceof Float32Array) return probabilities.data;
  throw new Error('the output probabilities is not the one that was declared');
}

function rank(names: readonly string[], values: Float32Array, where: string): Classification {
  // One number that is none makes all of them none: softmax divides each by the sum.
  if (values.some(Number.isNaN)) {
    throw new AreographError({
      code: 'model',
      where,
      expected: 'weights that give probabilities',
      found: 'NaN',
      next: 'Its training diverged: train again with a lower learning rate.',
    });
  }
  const classes = names.map((name, index) => ({ class: name, probability: values[index] ?? 0 }));
  classes.sort((a, b) => b.probability - a.probability);
  const [top] = classes;
  if (top === undefined) throw new Error('a model without classes');
  return { top, classes };
}
