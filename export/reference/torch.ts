/** Asks PyTorch to train a model, and reads its answer. */
import { z } from 'zod';
import { toArchitecture } from '../../dsl/architecture.ts';
import { type Model, parameters } from '../../dsl/model.ts';
import { callPython } from './python.ts';

export const tensorSchema = z
  .object({ norm: z.number(), step: z.number(), data: z.string() })
  .transform(({ data, ...rest }) => {
    const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
    return { ...rest, data: new Float32Array(bytes.buffer) };
  });
/** Every `step`-th element of a tensor, and the norm of the whole. */
export type ReferenceTensor = z.infer<typeof tensorSchema>;

const tensors = z.record(z.string(), tensorSchema);
export const referenceSchema = z.object({
  torch: z.string(),
  gradients: tensors,
  runs: z.record(z.string(), z.object({ losses: z.array(z.number()), state: tensors })),
});
export type Reference = z.infer<typeof referenceSchema>;

/** Options of torch.optim, by its names. */
export type TorchOptimizer =
  | { readonly name: 'sgd'; readonly lr: number; readonly momentum: number }
  | { readonly name: 'adam' | 'adamw'; readonly lr: number; readonly weight_decay?: number };

export interface ReferenceRequest {
  readonly batch: number;
  readonly steps: number;
  /** Largest number of elements that are kept of a tensor; null for all. */
  readonly samples: number | null;
  readonly optimizers: Readonly<Record<string, TorchOptimizer>>;
  /** How PyTorch computes; by default with its own number of threads, and oneDNN's convolutions. */
  readonly computing?: { readonly threads: number; readonly oneDnn: boolean };
}

/** What PyTorch makes of the model: JSON in the form of {@link referenceSchema}. */
export function askTorch(python: string, model: Model, request: ReferenceRequest): unknown {
  return callPython(python, new URL('./torch_reference.py', import.meta.url), {
    ...request,
    architecture: toArchitecture(model),
    classes: model.classes,
    parameters: Object.fromEntries(parameters(model).map(({ name, shape }) => [name, shape])),
  });
}
