/**
 * The one model file: a complete inference graph whose metadata say what the classes are called, what was
 * declared, and where the weights come from. Server, browser and command line read nothing else.
 */
import { z } from 'zod';
import {
  type Architecture,
  architectureSchema,
  fromArchitecture,
  toArchitecture,
} from '../dsl/architecture.ts';
import { AreographError } from '../dsl/errors.ts';
import type { Model } from '../dsl/model.ts';
import { type InferenceOptions, inferenceGraph } from './inferenceGraph.ts';
import { dataOf } from './namedTensor.ts';
import { decodeInitializers, decodeMetadata, encodeModel } from './onnx.ts';
import type { Weights, WeightType } from './weights.ts';

/** Key in metadata_props under which the metadata stand, as JSON. */
const metadataKey = 'areograph';

export const modelMetadataSchema = z.object({
  /** Raised when a reader of older files would misread newer ones. */
  version: z.literal(1),
  name: z.string(),
  /** In the order of the probabilities. */
  classes: z.array(z.string()).min(1),
  /** How the weights came about: data set, run, seed, metrics. For people, and shown as it is. */
  provenance: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  architecture: architectureSchema,
  /** What the graph divides its logits by. */
  temperature: z.number().positive().default(1),
  /** Whether the graph answers for the image and its mirror image together. */
  mirror: z.boolean().default(false),
  /** Of an image's energy: above it, an image is taken for none of the classes. Undefined where nobody measured it. */
  energyThreshold: z.number().optional(),
  /** Whether convolutions and dense layers compute in int8, with batch norms folded into them and rounded weights. */
  quantized: z.literal(true).optional(),
});
export type ModelMetadata = z.infer<typeof modelMetadataSchema> & { readonly architecture: Architecture };

/** With 'float16' the file is half as large, with 'int8' half of that, as with a quantisation. */
export interface ModelFileOptions
  extends Pick<ModelMetadata, 'classes' | 'provenance' | 'energyThreshold'>,
    InferenceOptions {}

/**
 * Serialises a model with its weights.
 *
 * @throws AreographError 'model' unless there is one name for each class, or if weights are too large for float16 or not
 * finite for int8, or ranges of a quantisation are missing or not finite.
 */
export function encodeModelFile(
  model: Model,
  weights: Weights,
  {
    classes,
    provenance,
    weightType = 'float32',
    temperature = 1,
    mirror = false,
    energyThreshold,
    quantization,
  }: ModelFileOptions,
): Uint8Array {
  if (classes.length !== model.classes) {
    throw new AreographError({
      code: 'model',
      where: model.name,
      expected: `${model.classes} class names, one for each output`,
      found: `${classes.length}`,
      next: 'Declare the last dense layer with as many units as there are classes.',
    });
  }
  const metadata: ModelMetadata = {
    version: 1,
    name: model.name,
    classes: [...classes],
    provenance,
    architecture: toArchitecture(model),
    temperature,
    mirror,
    energyThreshold,
    quantized: quantization && true,
  };
  const graph = inferenceGraph(model, weights, { weightType, temperature, mirror, quantization });
  return encodeModel(graph, { [metadataKey]: JSON.stringify(metadata) });
}

/**
 * The same model with its weights stored as another type. What they lost when they were stored as theirs stays lost.
 *
 * @throws AreographError 'model' if the bytes are no model of this project, or if weights are too large for float16 or
 * not finite for int8
 */
export function withWeightType(bytes: Uint8Array, where: string, weightType: WeightType): Uint8Array {
  const { architecture, ...kept } = readModelMetadata(bytes, where);
  const weights = dataOf(decodeInitializers(bytes, where));
  return encodeModelFile(fromArchitecture(architecture), weights, { ...kept, weightType });
}

/**
 * Whether a model file describes itself, as those of this project do.
 *
 * @throws AreographError 'model' if the bytes are no ONNX model.
 */
export function hasModelMetadata(bytes: Uint8Array, where: string): boolean {
  return Object.hasOwn(decodeMetadata(bytes, where), metadataKey);
}

/**
 * What a model file says of itself.
 *
 * @throws AreographError 'model' if the bytes are no ONNX model, or one of another origin.
 */
export function readModelMetadata(bytes: Uint8Array, where: string): ModelMetadata {
  const text = decodeMetadata(bytes, where)[metadataKey];
  if (text === undefined) throw unusable(where, 'an ONNX model of another origin, without them');
  const parsed = modelMetadataSchema.safeParse(parseJson(text, where));
  if (!parsed.success) throw unusable(where, z.prettifyError(parsed.error));
  return parsed.data;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(where, `JSON that breaks off (${error instanceof Error ? error.message : error})`);
  }
}

function unusable(where: string, found: string): AreographError {
  return new AreographError({
    code: 'model',
    where,
    expected: `metadata under the key '${metadataKey}' that name classes and architecture`,
    found,
    next: 'Give a .onnx file that `npm run train` exported.',
  });
}
