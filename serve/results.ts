/** The answer to a request for classification, the same for one image and for many, from server and command line. */
import { z } from '@hono/zod-openapi';
import { rank, scoreSchema } from '../runtime/classification.ts';
import type { ModelDescription } from '../runtime/classifier.ts';
import { outOfDistribution } from '../runtime/outOfDistribution.ts';
import type { Prediction } from './job.ts';
import { problemSchema } from './problem.ts';

const milliseconds = z.number().nonnegative();

const explanationSchema = z
  .object({
    class: z.string(),
    height: z.int().positive(),
    width: z.int().positive(),
    values: z.array(z.number().min(0).max(1)).openapi({
      description: 'How much each place spoke for the class: `height * width` numbers, row by row.',
    }),
    png: z.string().openapi({
      format: 'byte',
      description: 'The same as a PNG with transparency, to lay over the image.',
    }),
  })
  .openapi('Explanation');

const outOfDistributionSchema = z
  .object({
    score: z.literal('energy').openapi({
      description: 'Minus the log of the sum of exp of the logits; high for images unlike those of training.',
    }),
    energy: z.number(),
    threshold: z.number(),
    detected: z.boolean().openapi({
      description: 'Whether the energy is above the threshold: the image is taken for none of the classes.',
    }),
  })
  .openapi('OutOfDistribution', {
    description: 'Whether the image is like those of training. Absent if the model cannot tell.',
  });

/** The name that the file was sent under; images sent as a raw body or as JSON have none. */
const file = z.string().optional().openapi({ description: 'The name that the image was sent under.' });

export const answerSchema = z
  .object({
    file,
    top: scoreSchema,
    classes: z.array(scoreSchema).min(1).openapi({ description: 'The most probable first.' }),
    abstained: z
      .boolean()
      .openapi({ description: 'Whether the top class is less probable than the threshold.' }),
    threshold: z.number().min(0).max(1),
    outOfDistribution: outOfDistributionSchema.optional(),
    milliseconds: z.object({
      queue: milliseconds.openapi({ description: 'Waiting for a batch.' }),
      decode: milliseconds,
      inference: milliseconds.openapi({ description: 'Of the batch that the image was in.' }),
      total: milliseconds,
    }),
    explanation: explanationSchema.optional(),
  })
  .openapi('Answer');
export type Answer = z.infer<typeof answerSchema>;

export const failureSchema = z.object({ file, error: problemSchema }).openapi('Failure');

export const resultsSchema = z
  .object({
    model: z.object({ name: z.string(), version: z.string() }),
    results: z
      .array(z.union([answerSchema, failureSchema]))
      .min(1)
      .openapi({
        description: 'One for each image, in the order in which they were sent. One that failed says why.',
      }),
  })
  .openapi('Results');
export type Results = z.infer<typeof resultsSchema>;
export type Result = Results['results'][number];

export interface AnswerOptions {
  /** How many classes to tell; default: all. */
  readonly topK: number | undefined;
  readonly threshold: number;
}

/** What is told of a prediction. `total` is in milliseconds, from handing the image over to having its prediction. */
export function toAnswer(
  description: Pick<ModelDescription, 'classes' | 'energyThreshold'>,
  prediction: Prediction,
  total: number,
  { topK, threshold }: AnswerOptions,
): Answer {
  const { classes } = description;
  const { probabilities, explanation, milliseconds } = prediction;
  const ranked = rank(classes, probabilities);
  const [top] = ranked;
  if (top === undefined) throw new Error('a model has classes');
  const unlike = outOfDistribution(description, prediction);
  return {
    top,
    classes: ranked.slice(0, topK),
    abstained: top.probability < threshold,
    threshold,
    ...(unlike === undefined ? {} : { outOfDistribution: unlike }),
    milliseconds: {
      queue: round(milliseconds.queue, 2),
      decode: round(milliseconds.decode, 2),
      inference: round(milliseconds.inference, 2),
      total: round(total, 2),
    },
    ...(explanation === undefined
      ? {}
      : {
          explanation: {
            class: classes[explanation.classIndex] ?? '',
            height: explanation.map.height,
            width: explanation.map.width,
            values: explanation.map.values.map((value) => round(value, 4)),
            png: Buffer.from(explanation.png).toString('base64'),
          },
        }),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
