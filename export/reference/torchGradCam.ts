/** Asks PyTorch where networks look. */
import { z } from 'zod';
import { toArchitecture } from '../../dsl/architecture.ts';
import type { Model } from '../../dsl/model.ts';
import type { Weights } from '../weights.ts';
import { callPython } from './python.ts';
import { float32Schema, packed, packedWeights } from './torchGradients.ts';

/** What a map is asked for. */
export interface GradCamRequest {
  readonly model: Model;
  readonly weights: Weights;
  /** `[1, H, W, 3]` of the model's input size. */
  readonly images: Uint8Array;
  /** The class by its number. */
  readonly label: number;
  /** The name of a layer with rows and columns. */
  readonly layer: string;
}

/** The map of each request, row-major `[h, w]`, computed in float64. */
export function torchGradCam(python: string, requests: readonly GradCamRequest[]): Float32Array[] {
  const request = requests.map(({ model, weights, images, label, layer }) => ({
    architecture: toArchitecture(model),
    parameters: packedWeights(model, weights),
    images: packed([1, model.input.height, model.input.width, 3], Float32Array.from(images)),
    label,
    layer,
  }));
  const script = new URL('./torch_grad_cam.py', import.meta.url);
  return z.array(float32Schema).parse(callPython(python, script, request));
}
