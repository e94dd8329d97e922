/** A model file, ready to answer: the one way from pixels to the probabilities of its classes, and to their energy. */
import { z } from 'zod';
import { AreographError } from '../dsl/errors.ts';
import { hasModelMetadata } from '../export/modelFile.ts';
import { openForeignModel } from './foreignModel.ts';
import type { HeatMap } from './heatMap.ts';
import type { RgbImage } from './image.ts';
import type { ModelSource } from './modelSource.ts';
import { readModelSource } from './modelSource.ts';
import { openOwnModel } from './ownModel.ts';
import { nodeRuntime, type SessionOptions } from './session.ts';

/** What is said of a model to those who use it. */
export const modelDescriptionSchema = z.object({
  name: z.string(),
  /** In the order of the probabilities. */
  classes: z.array(z.string()).min(1),
  /** What the network sees after resizing, in pixels. */
  input: z.object({ height: z.int().positive(), width: z.int().positive() }),
  /** Whether it can be asked where in the image it saw a class. */
  explainable: z.boolean(),
  /** What logits are divided by before the softmax; 1 for models of another origin. */
  temperature: z.number().positive(),
  /** Whether it answers for an image and its mirror image together. */
  mirror: z.boolean(),
  /** Whether predictions have an energy. */
  givesEnergy: z.boolean(),
  /** Of that energy: above it, an image is taken for none of the classes. Undefined where nobody measured it. */
  energyThreshold: z.number().optional(),
  /** How the weights came about. For people, and shown as it is. */
  provenance: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type ModelDescription = z.infer<typeof modelDescriptionSchema>;

/** What a model says of one image. */
export interface Prediction {
  /** float32 `[classes]`, in the model's order; they add up to 1. */
  readonly probabilities: Float32Array;
  /** -log sum exp of the logits, in nats; the higher, the less an image is like those of training. Where the model gives one. */
  readonly energy?: number;
}

/** Each method blocks its thread while the model computes. */
export interface Classifier {
  readonly description: ModelDescription;
  /**
   * Classifies images of any size, together where the model takes several.
   *
   * @returns one prediction for each image
   * @throws AreographError 'model' if the weights give NaN
   */
  predict(images: readonly RgbImage[]): Promise<Prediction[]>;
  /**
   * Where in an image the network saw a class.
   *
   * @param classIndex place of the class in the description
   * @throws AreographError 'explain' if nothing can be said of this kind of network
   */
  explain(image: RgbImage, classIndex: number): Promise<HeatMap>;
  release(): Promise<void>;
}

/**
 * Opens a model file: one of this project, or one that was trained elsewhere, with its sidecar file.
 *
 * @throws AreographError 'model' if it is missing, no ONNX model, or says too little of itself; 'device' if the device
 *   is not there
 */
export async function loadClassifier(file: string, options: SessionOptions): Promise<Classifier> {
  return openClassifier(await readModelSource(file), options);
}

/** Like {@link loadClassifier}, from what was read of a model file. */
export async function openClassifier(source: ModelSource, options: SessionOptions): Promise<Classifier> {
  const { where, bytes, sidecar } = source;
  if (!hasModelMetadata(bytes, where)) return openForeignModel(source, nodeRuntime(options));
  if (sidecar === undefined) return openOwnModel(source, nodeRuntime(options));
  // One of the two would have to be ignored, and whoever wrote the sidecar would not hear of it.
  throw new AreographError({
    code: 'model',
    where: sidecar.where,
    expected: `no such file, since ${where} describes itself`,
    found: 'a second description',
    next: 'Move it away, or give it another name.',
  });
}
