/**
 * What a user can choose of a run: in a file, `npm run train -- --config FILE`, and on the command line, which
 * overrides the file.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { lossSchema, weightList } from '../export/loss.ts';
import type { OptimizerName } from '../export/optimizers.ts';
import { trainingOptionsShape } from '../export/trainingOptions.ts';
import { weightTypes } from '../export/weights.ts';
import { devices } from '../runtime/session.ts';
import { augmentationPresetNames, augmentationPresets, augmentationSchema } from './augmentation/schema.ts';
import { scheduleSchema } from './schedule.ts';
import { selfTrainingSchema } from './selfTraining.ts';

/** Which of val's scores says what epoch is the best: the exported one, and the one that early stopping waits after. */
export const monitors = ['accuracy', 'loss'] as const;
export type Monitor = (typeof monitors)[number];

const presetSchema = z.enum(augmentationPresetNames).transform((name) => augmentationPresets[name]);

const learningRate = z.number().positive().max(1000);

/** The usual first choice: steps of Adam have the size of the rate itself, those of SGD that of the gradients. */
export const defaultLearningRates: { readonly [Name in OptimizerName]: number } = {
  sgd: 0.01,
  adam: 0.001,
  adamw: 0.001,
};

/** What decides a run besides its data, model and graph. */
export const trainerOptionsShape = {
  epochs: z.int().min(1).default(10),
  /** The highest, where a schedule varies it. */
  learningRate,
  schedule: scheduleSchema.prefault({}),
  /** How the training images are varied: a preset's name, or settings. */
  augmentation: z
    .union([presetSchema, augmentationSchema], {
      error: `expected ${augmentationPresetNames.join(', ')}, or settings`,
    })
    .default(augmentationPresets.none),
  /**
   * How much classes of few images are drawn more often: with b, a class of n images has a share of the draws in
   * proportion to n^(1 - b). 0: each image once in an epoch; 1: each class as often (https://arxiv.org/abs/1910.09217,
   * where q is 1 - b).
   */
  classBalance: z.number().min(0).max(1).default(0),
  /** Training on the images of val too, without their labels. */
  selfTraining: selfTrainingSchema.prefault({}),
  /**
   * Whether the pixels of every image are put in one random order, the same for all: an experiment on what a network
   * knows of neighbourhood. Such a run exports no model, since a model takes images as they are.
   */
  permutePixels: z.boolean().default(false),
  monitor: z.enum(monitors).default('accuracy'),
  /** What the exported model stores its weights as. */
  weightType: z.enum(weightTypes).default('float32'),
  /** Whether the exported model answers for an image and its mirror image together, which takes twice as long. */
  mirror: z.boolean().default(false),
  /** Early stopping: how many epochs after the best one the run ends; 0 is off. */
  patience: z.int().min(0).default(0),
  /** Decides every random number. */
  seed: z.int().default(1),
} as const;

export const runOptionsSchema = z
  .strictObject({
    /** A name of the zoo, or a TypeScript file that exports a model. */
    model: z.string().default('cnn3x3'),
    /** Folder of the images. Default: MSL_IMAGES, msl-images/, or drawings. */
    data: z.string().optional(),
    /** Height and width of the input, in pixels. Default: the model's own, 128 in the zoo. */
    size: z.int().min(1).optional(),
    /**
     * Height and width of the images that are trained on, in pixels; val, test and the exported model have those of the
     * input. Default: the input's. Augmentation that enlarges shows things larger in training than they are when the model
     * is asked: a larger input makes up for it (https://arxiv.org/abs/1906.06423). For networks whose weights fit any size.
     */
    trainSize: z.int().min(1).optional(),
    /** Height and width of what training cuts out of each image, at random places. Default: all of it. */
    crop: z.int().min(1).optional(),
    ...trainingOptionsShape,
    loss: lossSchema
      .extend({
        classWeights: z
          .union([z.enum(['none', 'balanced']), weightList], {
            error: 'expected none, balanced, or a number over 0 for each class',
          })
          .default('none'),
      })
      .prefault({}),
    ...trainerOptionsShape,
    /** Default: the optimizer's, {@link defaultLearningRates}. */
    learningRate: learningRate.optional(),
    /** Default: the best that is there. */
    device: z.enum(devices).optional(),
    /** Threads for one operator. Default: one per core. */
    threads: z.int().min(1).optional(),
    /** Whether to time the algorithms of the other convolutions first; what was chosen is kept with the run, as `algorithms`. */
    autotune: z.boolean().default(false),
    /** Checkpoint or model to take the first weights from. */
    init: z.string().optional(),
  })
  .refine(({ schedule, epochs }) => !('warmupEpochs' in schedule) || schedule.warmupEpochs < epochs, {
    path: ['schedule', 'warmupEpochs'],
    error: 'expected a warm-up shorter than the run',
  })
  .refine(
    ({ permutePixels, augmentation }) =>
      !permutePixels || isDeepStrictEqual(augmentation, augmentationPresets.none),
    { path: ['augmentation'], error: 'expected none, since the pixels are permuted' },
  )
  .transform(({ learningRate: given, ...options }) => ({
    ...options,
    learningRate: given ?? defaultLearningRates[options.optimizer.name],
  }));

/** What a run file holds: end it with `export default { ... } satisfies RunFile`. Paths are relative to where the command runs. */
export type RunFile = z.input<typeof runOptionsSchema>;
export type RunOptions = z.output<typeof runOptionsSchema>;
