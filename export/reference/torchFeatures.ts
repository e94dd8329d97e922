/** Asks PyTorch what the layers of models give, and what moves the unit in the middle of one. */
import { z } from 'zod';
import type { Model } from '../../dsl/model.ts';
import { callPython } from './python.ts';
import { float32Schema, noiseRequest } from './torchGradients.ts';

const answerSchema = z.array(
  z.object({ activations: z.record(z.string(), float32Schema), gradient: float32Schema }),
);
export type TorchFeatures = z.infer<typeof answerSchema>[number];

/**
 * For each model on the noise of a first step, at inference and in float64: the output of every layer by name, and the
 * gradient of the layer's unit in the middle, summed over channels, with respect to the normalised images.
 */
export function torchFeatures(
  python: string,
  models: readonly (readonly [model: Model, layer: string])[],
  batch: number,
): TorchFeatures[] {
  const request = models.map(([model, layer]) => ({ ...noiseRequest(model, batch, 0), layer }));
  return answerSchema.parse(callPython(python, new URL('./torch_features.py', import.meta.url), request));
}
