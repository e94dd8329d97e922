/** Asks PyTorch for loss and gradients of many models at once: importing torch takes longer than all of them. */
import { z } from 'zod';
import { toArchitecture } from '../../dsl/architecture.ts';
import { type Model, parameters } from '../../dsl/model.ts';
import { sizes } from '../../dsl/shape.ts';
import type { Weights } from '../weights.ts';
import { noiseBatch, noiseLots, noiseWeights } from './noise.ts';
import { callPython } from './python.ts';

/** float32 numbers in base64. */
export const float32Schema = z
  .string()
  .transform((data) => new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer));

const answerSchema = z.array(
  z.object({
    loss: z.number(),
    gradients: z.record(z.string(), float32Schema),
  }),
);
export type TorchGradients = z.infer<typeof answerSchema>[number];

/** Loss and gradients by parameter of each model on the noise of one step, computed in float64; some of its layers frozen. */
export function torchGradients(
  python: string,
  models: readonly { readonly model: Model; readonly frozen: readonly string[] }[],
  batch: number,
  step: number,
): TorchGradients[] {
  const request = models.map(({ model, frozen }) => ({ ...noiseRequest(model, batch, step), frozen }));
  const script = new URL('./torch_gradients.py', import.meta.url);
  return answerSchema.parse(callPython(python, script, request));
}

/** A model with the noise of one step, as the scripts take it. */
export function noiseRequest(model: Model, batch: number, step: number) {
  const { height, width, channels } = model.input;
  const { images, labels } = noiseBatch(model, batch, step);
  const lots = noiseLots(model, batch, step);
  return {
    architecture: toArchitecture(model),
    parameters: packedWeights(model, noiseWeights(model)),
    images: packed([batch, height, width, channels], Float32Array.from(images)),
    labels: [...labels],
    uniform: Object.fromEntries(
      model.layers.flatMap(({ name, shape }) => {
        const numbers = lots[`${name}.uniform`];
        return numbers === undefined ? [] : [[name, packed([batch, ...sizes(shape)], numbers)]];
      }),
    ),
  };
}

/** Parameters and running statistics, as the scripts take them. */
export function packedWeights(model: Model, weights: Weights) {
  return Object.fromEntries(
    parameters(model).map(({ name, shape }) => [name, packed(shape, weights.get(name))]),
  );
}

/** A tensor, as the scripts take it. */
export function packed(shape: readonly number[], data: Float32Array | undefined) {
  if (data === undefined) throw new Error(`no numbers for a tensor of ${shape}`);
  return { shape, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') };
}
