/**
 * The JSON of the Open Inference Protocol (KServe's specification, version 2) with Triton's binary tensor data
 * extension, as far as this server has it: one input, the same for every model, and one output or two.
 */
import { z } from '@hono/zod-openapi';
import { problemSchema } from '../problem.ts';

/** Images of one size: UINT8 `[images, height, width, 3]`, red first. Files of images: BYTES `[images]`. */
export const inputName = 'image';
/**
 * `probabilities`: FP32 `[images, classes]`, classes in the model's order. `energy`: FP32 `[images]`, of models that give
 * one.
 */
export const outputNames = ['probabilities', 'energy'] as const;
export type OutputName = (typeof outputNames)[number];

// Tuples throughout, where the protocol has arrays: they look at no more elements than they expect, however many a
// request has.
const dimension = z.int().positive();
const pixelsShape = z.tuple([dimension, dimension, dimension, z.literal(3)], {
  error: 'Expected [images, height, width, 3]',
});
const filesShape = z.tuple([dimension], { error: 'Expected [images]' });

const inputFields = {
  name: z.literal(inputName),
  /** The bytes of the tensor follow the JSON. They are as many as this. */
  parameters: z.object({ binary_data_size: z.int().nonnegative().optional() }).nullish(),
};

/** `data` is read by request.ts: a schema for each of some 200,000 numbers would take longer than classifying them. */
export const pixelsInputSchema = z.object({
  ...inputFields,
  datatype: z.literal('UINT8'),
  shape: pixelsShape,
  /** Whole numbers of 0 to 255, flat in row-major order or nested as the shape says. */
  data: z.unknown().optional(),
});
export type PixelsInput = z.infer<typeof pixelsInputSchema>;

export const filesInputSchema = z.object({
  ...inputFields,
  datatype: z.literal('BYTES'),
  shape: filesShape,
  /** Image files in base64. As binary data, each file after its length as a little-endian uint32. */
  data: z.unknown().optional(),
});
export type FilesInput = z.infer<typeof filesInputSchema>;

const inputSchema = z.discriminatedUnion('datatype', [pixelsInputSchema, filesInputSchema], {
  error: 'Expected an input of datatype UINT8 or BYTES',
});
export type Input = z.infer<typeof inputSchema>;

/** Extensions that ask for the output in another form: who asks for them could not read what it got. */
const notOffered = z
  .never({ error: 'Expected no such parameter: this server does not have the extension' })
  .openapi({ type: 'null', description: 'Not offered.' });

const requestedOutputSchema = z.object({
  name: z.enum(outputNames),
  parameters: z
    .object({
      binary_data: z.boolean().optional(),
      classification: notOffered.optional(),
      shared_memory_region: notOffered.optional(),
    })
    .nullish(),
});

const expectedOutputs = `Expected outputs out of ${outputNames.join(', ')}, each once`;

export const inferRequestSchema = z.object({
  /** Comes back with the answer. */
  id: z.string().nullish(),
  parameters: z.object({ binary_data_output: z.boolean().optional() }).nullish(),
  inputs: z.tuple([inputSchema], { error: `Expected one input, '${inputName}'` }),
  /** Default: all that the model has. */
  outputs: z
    .tuple([requestedOutputSchema.optional(), requestedOutputSchema.optional()], { error: expectedOutputs })
    .refine(([first, second]) => first === undefined || first.name !== second?.name, {
      error: expectedOutputs,
    })
    .nullish(),
});

const outputSchema = z.object({
  name: z.enum(outputNames),
  datatype: z.literal('FP32'),
  shape: z.array(dimension),
  /** Flat, in row-major order; or float32, little-endian, after the JSON, in the order of the outputs. */
  data: z.array(z.number()).optional(),
  parameters: z.object({ binary_data_size: z.int() }).optional(),
});

export const inferResponseSchema = z.object({
  id: z.string().optional(),
  model_name: z.string(),
  model_version: z.string(),
  outputs: z.array(outputSchema).min(1),
});
export type InferResponse = z.infer<typeof inferResponseSchema>;

export const serverMetadataSchema = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});
export type ServerMetadata = z.infer<typeof serverMetadataSchema>;

const tensorMetadataSchema = z.object({
  name: z.string(),
  datatype: z.string(),
  /** -1 where any size will do. */
  shape: z.array(z.int()),
});

export const modelMetadataSchema = z.object({
  name: z.string(),
  /** The newest first. */
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorMetadataSchema),
  outputs: z.array(tensorMetadataSchema),
  parameters: z.object({
    /** In the order of the probabilities. */
    classes: z.array(z.string()),
    /** What the logits are divided by before the softmax. */
    temperature: z.number(),
    /** Of the energy: above it, an image is taken for none of the classes. */
    energy_threshold: z.number().optional(),
  }),
});
export type ModelMetadata = z.infer<typeof modelMetadataSchema>;

export const serverLiveSchema = z.object({ live: z.boolean() });
export const serverReadySchema = z.object({ ready: z.boolean() });
export const modelReadySchema = z.object({
  name: z.string(),
  ready: z.boolean(),
  /** Why it is not. */
  error: z.string().optional(),
});
export type ModelReady = z.infer<typeof modelReadySchema>;

/** Problem details, with the member that the protocol's clients look for. */
export const errorSchema = problemSchema.extend({
  /** The detail. */
  error: z.string(),
});
